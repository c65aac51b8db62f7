import type { z } from 'zod';
import { LineCounter, parseDocument } from 'yaml';
import { SettingsError } from './settings.js';

/**
 * What a YAML text says, by a schema.
 *
 * @throws SettingsError with every problem, each with its line and the key it is at
 */
export function parseYaml<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new SettingsError(
      document.errors.map(({ pos, message }) => `line ${lines.linePos(pos[0]).line}: ${message}`),
    );
  }
  // A document may name a part again and again; its size is limited before it is expanded.
  const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {});
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    parsed.error.issues.map((issue) => {
      const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
      return `line ${lineOf(document, path, lines)}: ${path.join('.')}${path.length > 0 ? ' ' : ''}${issue.message}`;
    }),
  );
}

/** The line of the deepest key of the path that the text has. */
function lineOf(document: ReturnType<typeof parseDocument>, path: (string | number)[], lines: LineCounter): number {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
