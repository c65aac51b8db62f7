// Asks the server, with the reader's token where there is one.
const ANSWER_MS = 10_000;
const TOKEN = 'amberwatch-token';

export class NeedsToken extends Error {}

let token = sessionStorage.getItem(TOKEN) ?? '';

export function useToken(text) {
  token = text;
  sessionStorage.setItem(TOKEN, token);
}

/** The answer's JSON, undefined where it has none; a server that hangs is one that is away. */
export async function ask(path, { method = 'GET', body } = {}) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  const response = await fetch(path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (response.status === 401) throw new NeedsToken('This needs the token of the server.');
  const text = await response.text();
  if (!response.ok) {
    const error = new Error(messageOf(text) ?? `The server answered ${response.status}.`);
    throw Object.assign(error, { status: response.status });
  }
  return text === '' ? undefined : JSON.parse(text);
}

/** What stands between us and the server may answer with anything. */
function messageOf(text) {
  try {
    return JSON.parse(text).message;
  } catch {
    return undefined;
  }
}
