import { isSecret, type SettingsSchema } from './settings.js';

/** Anything shorter stands in words that have nothing to do with it. */
const MIN_LENGTH = 6;
const HIDDEN = '[secret]';

const known = new Set<string>();
let pattern: RegExp | undefined;

/** From now on this text is shown nowhere, as it is or as it is written in URLs, in JSON and in base64. */
export function hideSecret(secret: string): void {
  if (secret.length < MIN_LENGTH) return;
  const json = JSON.stringify(secret).slice(1, -1);
  for (const form of [secret, encodeURIComponent(secret), json, ...inBase64(secret)]) known.add(form);
  // The longest first: a URL before the token in it.
  const forms = [...known]
    .sort((a, b) => b.length - a.length)
    .map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  pattern = new RegExp(forms.join('|'), 'g');
}

/**
 * Hides what a configuration holds: its secrets, and the password in any address. Receivers, proxies and databases repeat what
 * they were sent in what they answer, and that is logged.
 */
export function hideSecrets(schema: SettingsSchema, settings: Record<string, unknown>): void {
  for (const [name, setting] of Object.entries(schema.shape)) {
    const value = settings[name];
    if (typeof value !== 'string') continue;
    if (isSecret(setting)) hideSecret(value);
    if (URL.canParse(value)) hideInUrl(new URL(value), isSecret(setting));
  }
}

/** The text with what is hidden left out. */
export function withoutSecrets(text: string): string {
  return pattern === undefined ? text : text.replace(pattern, HIDDEN);
}

function hideInUrl({ password, pathname, search }: URL, isSecretUrl: boolean): void {
  hideSecret(password);
  try {
    hideSecret(decodeURIComponent(password));
  } catch {
    // A password with a percent sign of its own is sent as it is.
  }
  // The key of a webhook is the end of its path, and some receivers repeat no more than that.
  if (isSecretUrl)
    for (const text of [pathname + search, pathname.slice(pathname.lastIndexOf('/') + 1)]) hideSecret(text);
}

/** The text that all base64 has in common that holds these bytes at each of its three places; both alphabets. */
function inBase64(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // Characters that also hold bits of what stands before or behind differ from place to place.
    const core = text.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3));
    return core.length < MIN_LENGTH ? [] : [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
