import type { z } from 'zod';
import { describeSchema, keysOf, schemaAt } from './schema-words.js';
import { nearestWord } from './nearest-word.js';

export interface Problem {
  /** Where it is; an unknown key ends with that key. */
  path: (string | number)[];
  /** What is wrong, in words, with the value. */
  text: string;
}

/** Longest that a wrong value is shown, in characters. */
const MAX_SHOWN = 60;
/** Most problems that are put into words: a stranger's value may have any number. */
const MAX_PROBLEMS = 100;
/** Stands for zod's own sentence, which is written anew; a schema's author's sentences stay. */
const ZODS_OWN = '\u0000';

/**
 * What a schema makes of a value that people wrote, or all that is wrong with it in their words: what is right in this
 * place, from the schema, and what stands there.
 *
 * @param isHidden where a value must not be shown, such as a secret
 */
export function readWritten<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  isHidden: (path: Problem['path']) => boolean = () => false,
): { data: z.infer<Schema>; problems?: undefined } | { problems: Problem[] } {
  const parsed = schema.safeParse(value, { error: () => ZODS_OWN });
  if (parsed.success) return { data: parsed.data };
  const issues = parsed.error.issues.slice(0, MAX_PROBLEMS);
  const problems = issues.flatMap((issue) => problemsOf(schema, value, issue, isHidden));
  // A wrong kind of value breaks several bounds at once.
  return { problems: [...new Map(problems.map((problem) => [problemText(problem), problem])).values()] };
}

function problemsOf(
  schema: z.ZodType,
  value: unknown,
  issue: z.core.$ZodIssue,
  isHidden: (path: Problem['path']) => boolean,
): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const here = valueAt(value, path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, MAX_PROBLEMS).map((key) => unknownKey(schema, path, key));
  if (Array.isArray(here) && (issue.code === 'too_small' || issue.code === 'too_big')) {
    const right = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
    return [{ path, text: `${right} entries, not ${here.length}` }];
  }
  const isZods = issue.message === ZODS_OWN;
  const right = isZods ? describeSchema(schemaAt(schema, path)) : issue.message;
  if (here === undefined) return [{ path, text: isZods ? `is missing: ${right}` : right }];
  if (isHidden(path)) return [{ path, text: right }];
  return [{ path, text: isZods ? `${right}, not ${shown(here)}` : byAuthor(right, here) }];
}

function unknownKey(schema: z.ZodType, path: Problem['path'], key: string): Problem {
  const known = keysOf(schemaAt(schema, path));
  const nearest = nearestWord(key, known);
  const instead = nearest === undefined ? `there is ${known.join(', ')}` : `did you mean ${nearest}?`;
  return { path: [...path, key], text: `is unknown; ${instead}` };
}

/** Sentences of a schema's author say `must be …`, or what is wrong with the value. */
function byAuthor(message: string, value: unknown): string {
  if (/^(is|has|holds|was|ends|begins) /.test(message) && typeof value !== 'object')
    return `${shown(value)} ${message}`;
  const right = message.replace(/^must be /, '');
  const isWhole = typeof value === 'object' && right === message;
  return isWhole || right.endsWith(`not ${shown(value)}`) ? right : `${right}, not ${shown(value)}`;
}

function valueAt(value: unknown, path: Problem['path']): unknown {
  let at = value;
  for (const part of path)
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined;
  return at;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a block of keys';
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, MAX_SHOWN + 1)) : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** `rules[2].match.host` */
export function pathText(path: Problem['path']): string {
  return path
    .map((part, at) => {
      if (typeof part === 'number') return `[${part}]`;
      const text = /^[\w-]+$/.test(part) ? part : JSON.stringify(part.slice(0, MAX_SHOWN));
      return at === 0 ? text : `.${text}`;
    })
    .join('');
}

/** A problem as a line of its own. */
export function problemText({ path, text }: Problem): string {
  return path.length === 0 ? text : `${pathText(path)}: ${text}`;
}
