/** Keys by the sequences that xterm, VT220 and rxvt send for them. */
const sequences: Record<string, string> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  '[1;2C': 'shift-right',
  '[1;2D': 'shift-left',
  '[c': 'shift-right',
  '[d': 'shift-left',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[H': 'home',
  '[1~': 'home',
  '[7~': 'home',
  '[F': 'end',
  '[4~': 'end',
  '[8~': 'end',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  OH: 'home',
  OF: 'end',
};

const controls: Record<string, string> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'interrupt',
  '\u0015': 'clear',
  ' ': 'space',
};

// oxlint-disable no-control-regex -- it is control characters that terminals send
/** One key: an escape sequence that is whole or has just begun, or a character. */
const key = /\u001b(?:\[[0-9;]*(?:[ -/]*[@-~])?|O[@-~]?)?|[\s\S]/gu;

/**
 * The keys of what a terminal sent: names for those without a character, `escape` among them, else the character.
 * Sequences of other keys are left out; `rest` is the beginning of one whose end has not come yet.
 */
export function keysOf(text: string): { keys: string[]; rest: string } {
  const keys: string[] = [];
  const tokens = text.match(key) ?? [];
  for (const [i, token] of tokens.entries()) {
    if (token === '\u001b') keys.push('escape');
    else if (token.startsWith('\u001b')) {
      const unfinished = /^\u001b(?:\[[0-9;]*|O)$/.test(token);
      if (unfinished && i === tokens.length - 1) return { keys, rest: token };
      const name = sequences[token.slice(1)];
      if (name !== undefined) keys.push(name);
    } else {
      const name = controls[token] ?? (/\p{Cc}/u.test(token) ? undefined : token);
      if (name !== undefined) keys.push(name);
    }
  }
  return { keys, rest: '' };
}
