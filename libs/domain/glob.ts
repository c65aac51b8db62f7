/**
 * Whether the text matches a glob, in which `*` stands for any characters, also none, and `?` for one; a backslash
 * takes the next character as it is. Linear in the text for each `*`, whatever a stranger's name holds: after
 * R. Cox, "Glob Matching Can Be Simple And Fast Too" (2017).
 */
export function matchesGlob(glob: string, text: string): boolean {
  const pattern = tokens(glob);
  const characters = Array.from(text);
  let p = 0;
  let c = 0;
  let starP = -1;
  let starC = 0;
  while (c < characters.length) {
    const token = pattern[p];
    if (token === any) {
      starP = p++;
      starC = c;
    } else if (token !== undefined && (token === one || token === characters[c])) {
      p++;
      c++;
    } else if (starP >= 0) {
      p = starP + 1;
      c = ++starC;
    } else return false;
  }
  while (pattern[p] === any) p++;
  return p === pattern.length;
}

const any = Symbol('*');
const one = Symbol('?');

function tokens(glob: string): (string | symbol)[] {
  const found: (string | symbol)[] = [];
  const characters = Array.from(glob);
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? '';
    if (character === '*') found.push(any);
    else if (character === '?') found.push(one);
    else found.push(character === '\\' ? (characters[++i] ?? '\\') : character);
  }
  return found;
}

/** The glob that matches this text alone. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[*?\\]/g, '\\$&');
}
