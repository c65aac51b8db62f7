import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { problemText, readWritten } from '#runtime/problems';
import { StartError } from '#runtime/service';
import { type ProcessFacts, programName, textOf } from './program-name.js';

const MAX_NAME_CODE_POINTS = 255;

const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const pattern = z.string().refine(
  (text) => {
    try {
      new RegExp(text, 'u').test('');
      return true;
    } catch {
      return false;
    }
  },
  { error: 'is no regular expression' },
);

const rule = z.strictObject({
  comm: texts.optional().describe("The kernel's name, one of these"),
  exe: texts
    .optional()
    .describe("The program's file, one of these: its whole path where it begins with /, else its name"),
  cmdline: pattern.optional().describe('Regular expression over the arguments joined by spaces'),
  cgroup: pattern.optional().describe('Regular expression over the path of the control group'),
  name: z.string().min(1).describe('What to call it'),
});
type Rule = z.infer<typeof rule>;

export const namingFile = z.strictObject({ rules: z.array(rule).max(1000) });

/**
 * The user's naming rules, as a function from a process to its name. The first rule that matches and whose template can
 * be filled wins; where none does, the name is the usual one.
 *
 * @throws StartError where the file can't be read or is wrong, with all that is wrong in it
 */
export function loadNaming(path: string): (facts: ProcessFacts) => string {
  const read = readWritten(namingFile, readJson(path));
  if (read.problems) {
    throw new StartError(`The naming rules in ${path} are wrong:\n  ${read.problems.map(problemText).join('\n  ')}`);
  }
  return namingOf(read.data.rules);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new StartError(`The naming rules in ${path} can't be read: ${(error as Error).message}`, { cause: error });
  }
}

export function namingOf(rules: Rule[]): (facts: ProcessFacts) => string {
  const compiled = rules.map(compile);
  return (facts) => {
    for (const apply of compiled) {
      const name = apply(facts);
      if (name) return name;
    }
    return programName(facts);
  };
}

function compile(one: Rule): (facts: ProcessFacts) => string | undefined {
  const comm = listOf(one.comm);
  const exe = listOf(one.exe);
  const cmdline = one.cmdline === undefined ? undefined : new RegExp(one.cmdline, 'u');
  const cgroup = one.cgroup === undefined ? undefined : new RegExp(one.cgroup, 'u');
  return (facts) => {
    if (comm && !comm.includes(textOf(facts.comm))) return undefined;
    if (exe && !exe.some((wanted) => isFile(wanted, facts.executable))) return undefined;
    const inArguments = cmdline?.exec(argumentsOf(facts).join(' '));
    if (cmdline && !inArguments) return undefined;
    const inGroup = cgroup?.exec(facts.text('cgroup'));
    if (cgroup && !inGroup) return undefined;
    return fill(one.name, facts, [inArguments, inGroup]);
  };
}

function listOf(value: string | string[] | undefined): string[] | undefined {
  return typeof value === 'string' ? [value] : value;
}

function isFile(wanted: string, executable: string): boolean {
  return wanted.startsWith('/') ? wanted === executable : wanted === basename(executable);
}

function argumentsOf(facts: ProcessFacts): string[] {
  return facts.argumentList.map(textOf);
}

/** The template with its fields filled in; undefined where the process lacks one of them. */
function fill(
  template: string,
  facts: ProcessFacts,
  matches: (RegExpExecArray | null | undefined)[],
): string | undefined {
  let complete = true;
  const name = template.replace(/\{([^{}]+)\}/g, (_, field: string) => {
    const value = valueOf(field, facts, matches);
    if (!value) complete = false;
    return value ?? '';
  });
  return complete ? Array.from(name.toWellFormed()).slice(0, MAX_NAME_CODE_POINTS).join('') : undefined;
}

function valueOf(
  field: string,
  facts: ProcessFacts,
  matches: (RegExpExecArray | null | undefined)[],
): string | undefined {
  if (field === 'name') return programName(facts);
  if (field === 'comm') return textOf(facts.comm);
  if (field === 'exe') return basename(facts.executable);
  if (field === 'unit') return unitOf(facts.text('cgroup'));
  if (field === 'container') return containerOf(facts.text('cgroup'));
  if (field.startsWith('arg:')) return argumentsOf(facts)[Number(field.slice(4))];
  for (const match of matches) {
    const value = /^\d+$/.test(field) ? match?.[Number(field)] : match?.groups?.[field];
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The innermost systemd unit of a control group's path, without its ending. */
export function unitOf(cgroup: string): string | undefined {
  return [...cgroup.matchAll(/\/([^/\n]+)\.(?:service|scope)(?=[/\n]|$)/g)].at(-1)?.[1];
}

/** The first twelve digits of a container's id, as container tools show it. */
export function containerOf(cgroup: string): string | undefined {
  return /\b([0-9a-f]{12})[0-9a-f]{52}\b/.exec(cgroup.replaceAll('_', '-'))?.[1];
}
