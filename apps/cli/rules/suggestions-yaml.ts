import { stringify } from 'yaml';
import { formatDuration } from '#domain';
import type { ReplayFigures, Suggestion } from '#alarm';

export interface Overall {
  /** What was read, in words. */
  of: string;
  before: ReplayFigures;
  after: ReplayFigures;
}

/** A file of rules, each with its reason in comments. */
export function suggestionsYaml(suggestions: Suggestion[], { of, before, after }: Overall): string {
  const head = [
    `Suggested by "amberwatch rules suggest" from ${of}.`,
    `Without these rules: ${figuresText(before)}.`,
    `With them:           ${figuresText(after)}.`,
    ...(suggestions.length === 0 ? ['Nothing here alerts for nothing often enough to need a rule.'] : []),
  ];
  const comments = head.map((line) => `# ${line}\n`).join('');
  if (suggestions.length === 0) return `${comments}rules: []\n`;
  return `${comments}rules:\n${suggestions.map(ruleYaml).join('\n')}`;
}

function ruleYaml(one: Suggestion): string {
  const { before, after } = one;
  const lines = [
    `${count(one.incidents, 'alert')}, ${one.told} told, ${one.acted} to act on; the others were RED for ` +
      `${formatDuration(one.longestMs)} at most, up to ${one.peak.toFixed(1)} %.`,
    `This rule alone saves ${count(before.incidents - after.incidents, 'alert')}, ` +
      `${count(before.lines - after.lines, 'line')} on the console, ${count(before.told - after.told, 'alert')} that ` +
      `people are told of, ${count(before.notifications - after.notifications, 'notification')}; ` +
      `${after.missed - before.missed} more sustained breaches missed.`,
  ];
  const rule = stringify([one.rule], { lineWidth: 0 });
  return indent(lines.map((line) => `# ${line}\n`).join('') + rule);
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** `44 lines on the console, 16 alerts (3 to act on, 5 told), …`. */
export function figuresText({ lines, incidents, acted, told, ...messages }: ReplayFigures): string {
  const { notifications, actedNotifications, missed } = messages;
  return (
    `${count(lines, 'line')} on the console, ${count(incidents, 'alert')} (${acted} to act on, ${told} told), ` +
    `${count(notifications, 'notification')} (${actedNotifications} about something to act on), ` +
    `${count(missed, 'sustained breach', 'es')} missed`
  );
}

function count(number: number, what: string, plural = 's'): string {
  return `${number} ${what}${number === 1 ? '' : plural}`;
}
