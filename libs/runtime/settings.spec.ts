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
      expect.stringContaining('PORT: a number, not "abc"'),
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

  it('says that a secret file is empty, because without its secret a door would be open', () => {
    const file = `${temporaryFolder()}/token`;
    writeFileSync(file, '\n');
    expect(problemsOf({ URL: 'http://x', TOKEN_FILE: file })).toEqual([`TOKEN_FILE: ${file} is empty`]);
  });

  it('never shows a secret, whatever is wrong with it', () => {
    const secret = z.object({ KEY: z.string().regex(/^a/, { error: 'is not right' }).meta({ secret: true }) });
    expect(() => loadSettings(secret, { KEY: 'hunter2' })).toThrow(/^KEY: is not right$/);
  });

  it('names settings that do something only together as a group', () => {
    const groups = [{ what: 'Mail', needed: ['URL', 'FROM', 'TO'], optional: ['TLS'] }];
    const setting = z.string().optional();
    const mail = z
      .object({ URL: setting.meta({ secret: true }), FROM: setting, TO: setting, TLS: setting })
      .meta({ groups });
    expect(() => loadSettings(mail, { FROM: 'me' })).toThrow(
      'Mail needs URL, FROM and TO together: FROM is set, URL and TO not',
    );
    expect(() => loadSettings(mail, { TLS: 'on' })).toThrow('TLS is set, URL, FROM and TO not');
    expect(loadSettings(mail, {})).toEqual({});
    expect(loadSettings(mail, { URL: 'u', FROM: 'f', TO: 't' })).toEqual({ URL: 'u', FROM: 'f', TO: 't' });
  });

  it('says that it can not read the .env file', () => {
    const folder = temporaryFolder();
    expect(() => readEnvironment(folder)).toThrow(`${folder}: can't be read (EISDIR)`);
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
