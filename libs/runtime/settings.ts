import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { z } from 'zod';

/** What a settings schema may say of a variable besides its description and default. */
export interface SettingMeta {
  /** Also read from the file that `<NAME>_FILE` names, and never printed. */
  secret?: boolean;
}

export type SettingsSchema = z.ZodObject<Record<string, z.ZodType>>;

/** Every problem of a configuration, for people. */
export class SettingsError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
    this.name = 'SettingsError';
  }
}

/** The environment, with the variables of a `.env` file in this folder beneath it. */
export function readEnvironment(file = '.env'): Record<string, string | undefined> {
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return { ...fromFile, ...process.env };
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
  environment: Record<string, string | undefined> = readEnvironment(),
): z.infer<Schema> {
  const problems: string[] = [];
  const raw: Record<string, string> = {};
  for (const [name, setting] of Object.entries(schema.shape)) {
    const value = environment[name] || (isSecret(setting) ? readSecret(name, environment, problems) : undefined);
    if (value) raw[name] = value;
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      const shown =
        raw[name] === undefined || isSecret(schema.shape[name] as z.ZodType) ? '' : ` (it is "${raw[name]}")`;
      problems.push(`${name}: ${raw[name] === undefined ? 'is required' : issue.message}${shown}`);
    }
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return parsed.data as z.infer<Schema>;
}

function readSecret(name: string, environment: Record<string, string | undefined>, problems: string[]) {
  const file = environment[`${name}_FILE`];
  if (!file) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
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
