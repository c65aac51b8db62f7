import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { z } from 'zod';
import { readWritten } from './problems.js';

/** What a settings schema may say of a variable besides its description and default. */
export interface SettingMeta {
  /** Also read from the file that `<NAME>_FILE` names, and never printed. */
  secret?: boolean;
}

/** Settings that do something only together: where one of them is set, `needed` have to be. */
export interface SettingGroup {
  /** What they do, as the subject of a sentence, such as "Mail". */
  what: string;
  needed: string[];
  /** These mean nothing without the needed ones. */
  optional?: string[];
}

/** What a schema of settings may say of itself. */
export interface SettingsMeta {
  groups?: SettingGroup[];
}

/** Variables and their texts; an empty one counts as unset. */
export type Environment = Record<string, string | undefined>;

export type SettingsSchema = z.ZodObject<Record<string, z.ZodType>>;

/** Every problem of a configuration, for people. */
export class SettingsError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
    this.name = 'SettingsError';
  }
}

/**
 * The environment, with the variables of a `.env` file in this folder beneath it.
 *
 * @throws SettingsError where there is such a file and it can't be read
 */
export function readEnvironment(file = '.env'): Environment {
  if (!existsSync(file)) return { ...process.env };
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...process.env };
  } catch (error) {
    throw new SettingsError([
      `${resolve(file)}: can't be read (${(error as NodeJS.ErrnoException).code ?? 'no text'})`,
    ]);
  }
}

export function isSecret(schema: z.ZodType): boolean {
  return (schema.meta() as SettingMeta | undefined)?.secret === true;
}

/**
 * Values of the variables that the schema names; an empty variable counts as unset.
 *
 * @throws SettingsError with all problems together
 */
export function loadSettings<Schema extends SettingsSchema>(
  schema: Schema,
  environment: Environment = readEnvironment(),
): z.infer<Schema> {
  const problems: string[] = [];
  const raw: Record<string, string> = {};
  for (const [name, setting] of Object.entries(schema.shape)) {
    const value = environment[name] || (isSecret(setting) ? readSecret(name, environment, problems) : undefined);
    if (value) raw[name] = value;
  }
  const isHidden = ([name]: (string | number)[]) => isSecret(schema.shape[String(name)] as z.ZodType);
  const read = readWritten(schema, raw, isHidden);
  for (const { path, text } of read.problems ?? []) {
    problems.push(`${String(path[0])}: ${raw[String(path[0])] === undefined ? 'is required' : text}`);
  }
  problems.push(...incompleteGroups(schema, environment));
  if (read.problems || problems.length > 0) throw new SettingsError(problems);
  return read.data;
}

function incompleteGroups(schema: SettingsSchema, environment: Environment): string[] {
  const { groups = [] } = (schema.meta() ?? {}) as SettingsMeta;
  const isSet = (name: string) => Boolean(environment[name] || environment[`${name}_FILE`]);
  return groups.flatMap(({ what, needed, optional = [] }) => {
    const given = [...needed, ...optional].filter(isSet);
    const missing = needed.filter((name) => !isSet(name));
    if (given.length === 0 || missing.length === 0) return [];
    const together = needed.length > 1 ? `${listed(needed)} together` : listed(needed);
    return [
      `${what} needs ${together}: ${listed(given)} ${given.length > 1 ? 'are' : 'is'} set, ${listed(missing)} not`,
    ];
  });
}

/** `a, b and c` */
function listed(names: string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function readSecret(name: string, environment: Environment, problems: string[]) {
  const file = environment[`${name}_FILE`];
  if (!file) return undefined;
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text === '') problems.push(`${name}_FILE: ${file} is empty`);
    return text;
  } catch (error) {
    problems.push(`${name}_FILE: can't read ${file} (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`);
    return undefined;
  }
}

export interface SettingRow {
  name: string;
  default: string;
  help: string;
}

/** Name, default and help of every variable, for `--help` and the documentation. */
export function describeSettings(schema: SettingsSchema): SettingRow[] {
  return Object.entries(schema.shape).map(([name, setting]) => ({
    name: isSecret(setting) ? `${name} (or ${name}_FILE)` : name,
    default: defaultOf(setting),
    help: setting.description ?? '',
  }));
}

function defaultOf(setting: z.ZodType): string {
  const definition = setting.def as { type: string; defaultValue?: unknown; innerType?: z.ZodType };
  if (definition.type === 'prefault' || definition.type === 'default') return String(definition.defaultValue);
  return definition.innerType ? defaultOf(definition.innerType) : '';
}
