import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readEvents, type ServerEvent } from './event-stream.js';

async function read(...chunks: Uint8Array[]): Promise<ServerEvent[]> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }
  const events: ServerEvent[] = [];
  for await (const event of readEvents(source())) events.push(event);
  return events;
}
const bytes = (text: string) => new TextEncoder().encode(text);

describe('the events of a stream', () => {
  it('have a type, and data over as many lines as it takes; comments and other fields say nothing', async () => {
    const text = ': hello\nid: 1\nevent: alert\ndata: {"a":\ndata:1}\n\ndata\n\nevent: ping\n\nevent: cut\ndata: off';
    expect(await read(bytes(text))).toEqual([
      { type: 'alert', data: '{"a":\n1}' },
      { type: 'message', data: '' },
    ]);
  });

  it('are the same wherever the stream is cut into chunks, and whatever ends its lines', async () => {
    const end = fc.constantFrom('\n', '\r\n', '\r');
    const event = fc.record({
      type: fc.constantFrom('alert', 'ping', 'ä'),
      data: fc.stringMatching(/^[a-z漢🔥:é ]*$/u),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 5 }),
        end,
        fc.array(fc.nat(80), { maxLength: 6 }),
        async (events, eol, cuts) => {
          const all = bytes(
            events.map(({ type, data }) => `event: ${type}${eol}data: ${data}${eol}${eol}`).join('') +
              (eol === '\r' ? 'x' : ''),
          );
          const edges = [0, ...cuts.filter((cut) => cut < all.length).toSorted((a, b) => a - b), all.length];
          const chunks = edges.slice(1).map((edge, i) => all.subarray(edges[i], edge));
          expect(await read(...chunks)).toEqual(events);
        },
      ),
    );
  });
});
