import { writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { temporaryFolder } from '../../test/support/processes.js';
import { SettingsError } from './settings.js';
import { parseYaml, readYamlFile, yamlFileProblems } from './yaml-file.js';

const rule = z.strictObject({
  name: z.string().min(1).max(20),
  limit: z.number().min(0).max(100).optional(),
  ticks: z.int().min(1).optional(),
  off: z.literal(true).optional(),
  metric: z.enum(['cpu', 'mem']).prefault('cpu'),
  hosts: z.array(z.string()).max(3).optional(),
  wait: z
    .string({ error: 'must be a duration such as 5m' })
    .transform((text, context) => {
      if (text.endsWith('m')) return Number.parseInt(text, 10);
      context.addIssue({ code: 'custom', message: 'must be a duration such as 5m' });
      return z.NEVER;
    })
    .optional(),
  to: z.union([z.strictObject({ mail: z.string() }), z.strictObject({ url: z.url() })]).optional(),
});
const schema = z.strictObject({ rules: z.array(rule) }).superRefine(({ rules }, context) => {
  if (rules[0]?.name === 'taken')
    context.addIssue({ code: 'custom', path: ['rules', 0, 'name'], message: 'is the name of another rule' });
});

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
    expect(parseYaml(schema, 'rules:\n  - name: a\n    limit: 90\n')).toEqual({
      rules: [{ name: 'a', limit: 90, metric: 'cpu' }],
    });
  });

  it.each([
    ['limit: high', 'rules[0].limit: a number from 0 to 100, not "high"'],
    ['limit: 101', 'rules[0].limit: a number from 0 to 100, not 101'],
    ['ticks: 1.5', 'rules[0].ticks: a whole number of 1 or more, not 1.5'],
    ['off: false', 'rules[0].off: true, not false'],
    ['metric: disk', 'rules[0].metric: one of cpu, mem, not "disk"'],
    ['hosts: web-1', 'rules[0].hosts: a list, not "web-1"'],
    ['hosts: [web-1, 2]', 'rules[0].hosts[1]: a text, not 2'],
    ['wait: 5x', 'rules[0].wait: a duration such as 5m, not "5x"'],
    ['wait: 5', 'rules[0].wait: a duration such as 5m, not 5'],
    ['to: you', 'rules[0].to: a block with the keys mail, or a block with the keys url, not "you"'],
    ['limt: 3', 'rules[0].limt: is unknown; did you mean limit?'],
    ['colour: red', 'rules[0].colour: is unknown; there is name, limit, ticks, off, metric, hosts, wait, to'],
    ['name2: [a, b]', 'rules[0].name2: is unknown; did you mean name?'],
  ])('says in words what is right in the place of `%s`, and in which line', (line, said) => {
    expect(problemsOf(`rules:\n  - name: a\n    ${line}\n`)).toEqual([`line 3: ${said}`]);
  });

  it('names what is missing, what is of another kind, and the sentence of a check over several keys', () => {
    expect(problemsOf('rules:\n  - limit: 3\n')).toEqual([
      'line 2: rules[0].name: is missing: a text of 1 to 20 characters',
    ]);
    expect(problemsOf('# nothing\n')).toEqual(['line 1: rules: is missing: a list']);
    expect(problemsOf('- a\n')).toEqual(['line 1: a block with the keys rules, not a list']);
    expect(problemsOf('rules:\n  - name: taken\n')).toEqual([
      'line 2: rules[0].name: "taken" is the name of another rule',
    ]);
  });

  it('says everything that is wrong, in the order of the lines', () => {
    const said = problemsOf('rules:\n  - nam: a\n    limit: high\n  - name: ""\n');
    expect(said.map((line) => line.slice(0, 23))).toEqual([
      'line 2: rules[0].name: ',
      'line 2: rules[0].nam: i',
      'line 3: rules[0].limit:',
      'line 4: rules[1].name: ',
    ]);
  });

  it('names line, column and text of what is no YAML', () => {
    expect(problemsOf('rules:\n  - name: a\n    limit: 1\n    limit: 2\n')).toEqual([
      'line 4, column 5: this key is there twice, in `limit: 2`',
    ]);
    expect(problemsOf('rules:\n  - name: a\n\tlimit: 1\n')[0]).toBe(
      'line 3, column 1: lines are indented by spaces, not by tabs, in `limit: 1`',
    );
    expect(problemsOf('rules:\n  - name: "a\n')[0]).toMatch(/^line \d, column \d: Missing closing "quote/);
  });

  it('shows a long value only in part', () => {
    const [said = ''] = problemsOf(`rules:\n  - name: a\n    limit: ${'x'.repeat(500)}\n`);
    expect(said.length).toBeLessThan(150);
  });

  it('does not spread out a document that names itself again and again', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'].map((key, i) => {
        const before = 'abcdefghi'[i];
        return `${key}: &${key} [*${before},*${before},*${before},*${before},*${before},*${before},*${before},*${before},*${before}]`;
      }),
    ].join('\n');
    expect(problemsOf(bomb)).toEqual([expect.stringMatching(/alias/)]);
  });

  it('says of a file that is not there that it is not there, and of another one all that is wrong', () => {
    expect(() => readYamlFile(schema, 'rules', '/nowhere.yml')).toThrow('There is no file /nowhere.yml of rules');
    const path = `${temporaryFolder()}/rules.yml`;
    writeFileSync(path, 'rules:\n  - limit: 3\n    off: 1\n');
    expect(yamlFileProblems(schema, 'rules', path)).toEqual([
      `The rules in ${path} are not right:\n  line 2: rules[0].name: is missing: a text of 1 to 20 characters\n` +
        '  line 3: rules[0].off: true, not 1',
    ]);
    expect(yamlFileProblems(schema, 'rules', undefined)).toEqual([]);
  });
});
