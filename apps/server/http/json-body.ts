import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createGunzip } from 'node:zlib';
import type { RawBodyRequest } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError, MAX_BODY_BYTES } from '#domain';
import { BodyBudget } from './body-budget.js';
import { excessOf } from './json-bounds.js';

const decoder = new TextDecoder('utf-8', { fatal: true });
const UNZIP_CHUNK_BYTES = 64 * 1024;
const TOO_LARGE = 'The body is larger than 16 MB.';

/**
 * Reads JSON bodies, compressed ones too: at most 16 MB, before and after decompression, strict UTF-8, and no more of all
 * requests together than the budget has. The bytes, unpacked, are left in `request.rawBody`.
 */
export function useJsonBody(instance: FastifyInstance, budget = new BodyBudget()): void {
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(
    'application/json',
    async (request: RawBodyRequest<FastifyRequest>, payload: IncomingMessage) => {
      const body = await receive(request, payload, budget);
      if (request.socket.destroyed) budget.release(request);
      request.rawBody = body;
      return parseJson(body);
    },
  );
  // Also where the sender goes away before its answer, of which `onResponse` is not told.
  instance.addHook('preParsing', async (request, reply) => {
    reply.raw.once('close', () => budget.release(request));
  });
}

/** Reads the body whole. One that is refused on the way is read to its end, so that its sender sees the answer. */
async function receive(request: FastifyRequest, payload: IncomingMessage, budget: BodyBudget): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (Number(request.headers['content-length']) > MAX_BODY_BYTES) throw new CodedError('TOO_LARGE', TOO_LARGE);
  try {
    if (encoding === 'identity') return await collect(payload, (bytes) => budget.take(request, bytes));
    if (encoding === 'gzip') return await unzip(payload, (bytes) => budget.take(request, bytes));
    throw new CodedError(
      'UNSUPPORTED_TYPE',
      `Content encoding "${encoding.slice(0, 40)}" is not supported; send gzip or none.`,
    );
  } catch (error) {
    budget.release(request);
    if (payload.errored) throw new CodedError('INVALID', 'The body did not arrive whole.', undefined, { cause: error });
    await discard(payload);
    throw error;
  }
}

async function unzip(payload: IncomingMessage, take: (bytes: number) => void): Promise<Buffer> {
  const gunzip = createGunzip({ chunkSize: UNZIP_CHUNK_BYTES });
  const end = (error?: Error) => gunzip.destroy(error);
  payload.once('error', end).once('aborted', end);
  try {
    return await collect(payload.pipe(gunzip), take);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('INVALID', 'The body says gzip but is none, or not whole.', undefined, { cause: error });
  } finally {
    payload.unpipe(gunzip).off('error', end).off('aborted', end);
    gunzip.destroy();
  }
}

async function collect(stream: Readable, take: (bytes: number) => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Destroying a request would take its connection along, and the answer with it.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new CodedError('TOO_LARGE', TOO_LARGE);
    take(chunk.length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** What is left of a body, up to its largest size; more than that is cut off with the connection. */
async function discard(payload: IncomingMessage): Promise<void> {
  let length = 0;
  const count = (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) payload.emit('enough');
  };
  if (payload.readableEnded || payload.destroyed) return;
  payload.on('data', count).resume();
  await Promise.race(['end', 'close', 'enough'].map((event) => once(payload, event))).catch(() => undefined);
  payload.off('data', count);
}

/** @throws CodedError `INVALID` for what is no JSON, or takes much more to parse than its size lets expect */
function parseJson(body: Buffer): unknown {
  const excess = excessOf(body);
  if (excess !== undefined) throw new CodedError('INVALID', `The body holds ${excess}; no route takes that.`);
  let text: string;
  try {
    text = decoder.decode(body);
  } catch (error) {
    throw new CodedError('INVALID', 'The body is not valid UTF-8.', undefined, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CodedError(
      'INVALID',
      `The body is not valid JSON: ${(error as Error).message.slice(0, 200)}`,
      undefined,
      { cause: error },
    );
  }
}
