import { writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { temporaryFolder } from '../../test/support/processes.js';
import { describeSettings, loadSettings, readEnvironment, SettingsError } from './settings.js';

const schema = z.object({
  PORT: z
    .string()
    .regex(/^\d+$/, { error: 'must be a number' })
    .transform(Number)
    .prefault('8000')
    .describe('Port to listen on'),
  TOKEN: z.string().min(3).optional().meta({ secret: true, description: 'A secret' }),
  URL: z.url().describe('Address'),
});

function problemsOf(environment: Record<string, string>): string[] {
  try {
    loadSettings(schema, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
  }
  return [];
}

describe('loadSettings', () => {
  it('takes defaults, and an empty variable for unset', () => {
    expect(loadSettings(schema, { URL: 'http://x', PORT: '', TOKEN: '' })).toEqual({ PORT: 8000, URL: 'http://x' });
  });

  it('tells all problems together, with the values but for secrets', () => {
    expect(problemsOf({ PORT: 'abc', TOKEN: 'pw' })).toEqual([
      expect.stringContaining('PORT: must be a number (it is "abc")'),
      expect.not.stringContaining('pw'),
      'URL: is required',
    ]);
  });

  it('reads a secret from the file that is named', () => {
    const file = `${temporaryFolder()}/token`;
    writeFileSync(file, 'secret\n');
    expect(loadSettings(schema, { URL: 'http://x', TOKEN_FILE: file }).TOKEN).toBe('secret');
  });

  it('says which secret file it can not read', () => {
    expect(problemsOf({ URL: 'http://x', TOKEN_FILE: '/nowhere/token' })).toEqual([
      "TOKEN_FILE: can't read /nowhere/token (ENOENT)",
    ]);
  });

  it('lets the environment win over the .env file', () => {
    const file = `${temporaryFolder()}/.env`;
    writeFileSync(file, 'PATH=from-file\nONLY_IN_FILE=yes\n');
    const environment = readEnvironment(file);
    expect(environment['ONLY_IN_FILE']).toBe('yes');
    expect(environment['PATH']).toBe(process.env['PATH']);
  });

  it('describes every variable for --help', () => {
    expect(describeSettings(schema)).toEqual([
      { name: 'PORT', default: '8000', help: 'Port to listen on' },
      { name: 'TOKEN (or TOKEN_FILE)', default: '', help: 'A secret' },
      { name: 'URL', default: '', help: 'Address' },
    ]);
  });
});
