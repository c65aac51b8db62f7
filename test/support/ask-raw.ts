import { sendRaw } from './raw-http.js';

export interface RawRequest {
  method?: string;
  path?: string;
  /** Whole lines, such as `Origin: null`; one `Host` among them takes the place of localhost. */
  headers?: string[];
  /** Text goes as it is, anything else as JSON. */
  body?: unknown;
}

export interface AskedAnswer {
  status: number;
  /** By their names in lower case; of several of a name the last one. */
  headers: Record<string, string>;
  body: string;
  /** Code of an error. */
  code?: string;
}

/** Asks with just these headers, which `fetch` would add to and refuse some of. */
export async function askRaw(url: string, { method = 'GET', path = '/', headers = [], body }: RawRequest = {}) {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const has = (name: string) => headers.some((line) => line.toLowerCase().startsWith(`${name}:`));
  const lines = [`${method} ${path} HTTP/1.1`, 'Connection: close', ...headers];
  if (!has('host')) lines.push('Host: localhost');
  if (text !== undefined && !has('content-type')) lines.push('Content-Type: application/json');
  if (text !== undefined && !has('content-length')) lines.push(`Content-Length: ${Buffer.byteLength(text)}`);
  return read(await sendRaw(url, `${lines.join('\r\n')}\r\n\r\n${text ?? ''}`, 20_000));
}

function read({ status, headers, body }: Awaited<ReturnType<typeof sendRaw>>): AskedAnswer {
  const pairs = headers
    .split('\r\n')
    .slice(1)
    .map((line) => /^([^:]+): *(.*)$/.exec(line)?.slice(1) ?? [line, '']);
  const code = status >= 400 && body.startsWith('{') ? (JSON.parse(body) as { code?: string }).code : undefined;
  return { status, headers: Object.fromEntries(pairs) as Record<string, string>, body, ...(code && { code }) };
}
