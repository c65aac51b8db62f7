import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { SettingsError } from './settings.js';
import { parseYaml } from './yaml-file.js';

const schema = z.strictObject({ rules: z.array(z.strictObject({ name: z.string(), limit: z.number().optional() })) });

function problemsOf(text: string): string[] {
  try {
    parseYaml(schema, text);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

describe('a YAML file', () => {
  it('gives what it says', () => {
    expect(parseYaml(schema, 'rules:\n  - name: a\n    limit: 90\n')).toEqual({ rules: [{ name: 'a', limit: 90 }] });
  });

  it('names line and key of every wrong value', () => {
    const problems = problemsOf('rules:\n  - name: a\n    limit: high\n  - limit: 3\n');
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/^line 3: rules\.0\.limit /);
    expect(problems[1]).toMatch(/^line 4: rules\.1\.name /);
  });

  it('names the line of what is no YAML', () => {
    expect(problemsOf('rules:\n  - name: "a\n')[0]).toMatch(/^line \d: /);
  });

  it('does not spread out a document that names itself again and again', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((key, i) => {
        const before = 'abcdefghi'[i];
        return `${key}: &${key} [*${before},*${before},*${before},*${before},*${before},*${before},*${before},*${before},*${before}]`;
      }),
    ].join('\n');
    expect(() => parseYaml(schema, bomb)).toThrow(/alias/);
  });
});
