import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MomentReader } from './moment.js';

const list = { order: 'cpu', limit: 50 };
const step = (fromMs: number, stepMs = 10_000) => ({ fromMs, stepMs, question: 'idle' as const });

/** What the server was asked, and which questions were given up. */
let asked: string[] = [];
let givenUp = 0;
let answers: (path: string) => unknown = () => ({});

beforeEach(() => {
  asked = [];
  givenUp = 0;
  jest.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    asked.push(input as string);
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        givenUp++;
        reject(new DOMException('given up', 'AbortError'));
      };
      if (init?.signal?.aborted) return giveUp();
      init?.signal?.addEventListener('abort', giveUp);
      setTimeout(() => resolve(new Response(JSON.stringify(answers(input as string)))), 0);
    });
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the reader of moments', () => {
  it('asks for the newest tick of a step that holds no more than one, and each step once', async () => {
    const reader = new MomentReader('web-1');
    await reader.read(step(50_000), list, 10_000);
    await reader.read(step(50_000), list, 10_000);
    expect(asked).toEqual(['/api/v1/hosts/web-1/processes?at=1970-01-01T00%3A00%3A59.999Z&order=cpu&limit=50']);
  });

  it('asks for the tick of the peak where a step holds several, which of CPU is the one that idled least', async () => {
    answers = (path) =>
      path.includes('/metrics')
        ? { stepMs: 10_000, series: [{ tags: {}, points: [90, 20, 80].map((v, i) => [new Date(60_000 + i * 10_000).toISOString(), v]) }] } // prettier-ignore
        : {};
    await new MomentReader('web-1').read(step(60_000, 30_000), list, 10_000);
    expect(new URL(asked[1] ?? '', 'http://x').searchParams.get('at')).toBe(new Date(79_999).toISOString());
  });

  it('gives up what it asked when it is asked for another moment', async () => {
    const reader = new MomentReader('web-1');
    const first = reader.read(step(50_000), list, 10_000);
    const second = reader.read(step(70_000), list, 10_000);
    await expect(first).rejects.toThrow('given up');
    await second;
    expect(givenUp).toBe(1);
  });

  it('forgets the moments that were not used for longest', async () => {
    const reader = new MomentReader('web-1');
    for (let i = 0; i < 70; i++) await reader.read(i * 10_000, list, 10_000);
    await reader.read(690_000, list, 10_000);
    expect(asked.length).toBe(70);
    await reader.read(0, list, 10_000);
    expect(asked.length).toBe(71);
  });
});
