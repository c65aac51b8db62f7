/**
 * What every answer tells a browser, errors too: no type is guessed, no other page may embed, frame or read it, nothing in
 * it may load or run, and no address of ours is told to others. A page that needs more says so in its own answer.
 *
 * The list of OWASP's REST Security Cheat Sheet; `X-Frame-Options` is for browsers that do not know `frame-ancestors`.
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** The same as lines of an answer that is written by hand. */
export const securityHeaderLines = Object.entries(securityHeaders)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');
