/** One server-sent event. */
export interface ServerEvent {
  type: string;
  data: string;
}

/**
 * The events of a `text/event-stream` as they come (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * Ends where the stream ends; what stands behind the last empty line is no whole event, and is dropped.
 */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  let type = '';
  let data: string[] = [];
  for await (const line of linesOf(chunks)) {
    if (line === '') {
      if (data.length > 0) yield { type: type || 'message', data: data.join('\n') };
      [type, data] = ['', []];
      continue;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? [];
    if (field === 'event') type = value;
    else if (field === 'data') data.push(value);
  }
}

/** Lines end with CR LF, LF or CR; where a chunk ends with CR, the LF may be in the next one. */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const whole = rest.endsWith('\r') ? rest.slice(0, -1) : rest;
    const lines = whole.split(/\r\n|\n|\r/);
    const open = lines.pop() ?? '';
    rest = open + rest.slice(whole.length);
    yield* lines;
  }
}
