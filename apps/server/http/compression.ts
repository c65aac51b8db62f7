import { constants } from 'node:zlib';
import compress, { type FastifyCompressOptions } from '@fastify/compress';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** An answer in one packet gains nothing. */
const MIN_BYTES = 1024;

/**
 * The fastest level of each: of 1.1 MB of `get-all` both leave 0.48 MB, brotli in 10 ms and gzip in 18 ms of CPU; the usual
 * levels take 42 and 44 ms for 0.45 MB. Bodies of requests are unpacked where they are read.
 */
const options: FastifyCompressOptions = {
  threshold: MIN_BYTES,
  encodings: ['br', 'gzip'],
  brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } },
  zlibOptions: { level: 1 },
  globalDecompression: false,
};

/** Compresses answers for who takes that; a stream of events is not answered through this. To be called before the routes are made. */
export async function compressAnswers(app: NestFastifyApplication): Promise<void> {
  await app.register(compress, options);
}
