import { promisify, TextDecoder } from 'node:util';
import { gunzip } from 'node:zlib';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { CodedError, MAX_BODY_BYTES } from '#domain';

const unzip = promisify(gunzip);
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads JSON bodies, compressed ones too: at most 16 MB after decompression, strict UTF-8. The bytes as they came are
 * left in `request.rawBody`.
 */
export function useJsonBody(app: NestFastifyApplication): void {
  app.getHttpAdapter().getInstance().removeContentTypeParser('text/plain');
  app.useBodyParser('application/json', { bodyLimit: MAX_BODY_BYTES }, async (request: FastifyRequest, body: Buffer) =>
    parseJson(await inflate(request.headers['content-encoding'], body)),
  );
}

async function inflate(encoding: string | undefined, body: Buffer): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'gzip')
    throw new CodedError(
      'UNSUPPORTED_TYPE',
      `Content encoding "${encoding.slice(0, 40)}" is not supported; send gzip or none.`,
    );
  try {
    return await unzip(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new CodedError('TOO_LARGE', 'The body is larger than 16 MB once decompressed.', undefined, {
        cause: error,
      });
    }
    throw new CodedError('INVALID', 'The body says gzip but is none.', undefined, { cause: error });
  }
}

function parseJson(body: Buffer): unknown {
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
