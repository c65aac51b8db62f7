import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { type Problem, problemText, readWritten } from './problems.js';
import { SettingsError } from './settings.js';

/** A document may name a part again and again; its size is limited before it is expanded. */
const MAX_ALIASES = 100;

/**
 * What a YAML text says, by a schema.
 *
 * @throws SettingsError with every problem, each with its line and the key it is at
 */
export function parseYaml<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new SettingsError(syntaxProblems(document.errors, text, lines));
  }
  const read = readWritten(schema, toValue(document) ?? {});
  if (!read.problems) return read.data;
  const placed = read.problems.map((problem) => ({ line: lineOf(document, problem.path, lines), problem }));
  placed.sort((one, other) => one.line - other.line);
  throw new SettingsError(placed.map(({ line, problem }) => `line ${line}: ${problemText(problem)}`));
}

/**
 * What a file says that people wrote.
 *
 * @param what its content in the plural, such as `rules`
 * @throws SettingsError with all that is wrong as one text, for people
 */
export function readYamlFile<Schema extends z.ZodType>(schema: Schema, what: string, path: string): z.infer<Schema> {
  try {
    return parseYaml(schema, readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SettingsError([fileProblem(what, path, error)]);
  }
}

/** What is wrong with the file that a setting names, for `check` of a service; nothing where it names none. */
export function yamlFileProblems(schema: z.ZodType, what: string, path: string | undefined): string[] {
  if (!path) return [];
  try {
    readYamlFile(schema, what, path);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

function fileProblem(what: string, path: string, error: unknown): string {
  if (error instanceof SettingsError) return `The ${what} in ${path} are not right:\n  ${error.problems.join('\n  ')}`;
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? `There is no file ${path} of ${what}` : `The ${what} in ${path} can't be read: ${message}`;
}

function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw new SettingsError([(error as Error).message]);
  }
}

const inWords: Partial<Record<YAMLError['code'], string>> = {
  DUPLICATE_KEY: 'this key is there twice',
  TAB_AS_INDENT: 'lines are indented by spaces, not by tabs',
  BAD_INDENT: 'this is indented otherwise than what it belongs to',
  MULTIPLE_DOCS: 'the file has a second document; --- may stand only at its begin',
};

/** One a line: the others of a line follow from the first. */
function syntaxProblems(errors: YAMLError[], text: string, lines: LineCounter): string[] {
  const lineOfError = ({ pos }: YAMLError) => lines.linePos(pos[0]).line;
  const first = new Map(errors.toReversed().map((error) => [lineOfError(error), error]));
  return [...first].sort(([one], [other]) => one - other).map(([, error]) => syntaxProblem(error, text, lines));
}

/** With the line itself, because what is wrong is often seen at once. */
function syntaxProblem({ code, message, pos }: YAMLError, text: string, lines: LineCounter): string {
  const { line, col } = lines.linePos(pos[0]);
  const written = (text.split('\n')[line - 1] ?? '').trim().slice(0, 80);
  return `line ${line}, column ${col}: ${inWords[code] ?? message}${written === '' ? '' : `, in \`${written}\``}`;
}

/** The line of the deepest key of the path that the text has. */
function lineOf(document: Document, path: Problem['path'], lines: LineCounter): number {
  for (let length = path.length; length >= 0; length--) {
    const offset = startOf(document, path.slice(0, length));
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return 1;
}

/** Where the key stands, or the entry of a list. */
function startOf(document: Document, path: Problem['path']): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => (isScalar(key) ? String(key.value) : undefined) === String(last));
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}
