import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CodedError } from '#domain';
import { Public } from '../http/public.decorator.js';

const POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";
const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
};
/** Their names hold a hash of what is in them. */
const FOR_GOOD = 'public, max-age=31536000, immutable';

/** The page to look at. It holds no data itself: it asks the same routes as everybody, with the reader's token. */
@ApiExcludeController()
@Controller()
export class PageController {
  private readonly files = readPage(fileURLToPath(new URL('../../web/', import.meta.url)));

  @Get('/')
  @Public()
  @Header('content-security-policy', POLICY)
  @Header('referrer-policy', 'no-referrer')
  index(@Res() reply: FastifyReply): void {
    this.send('index.html', reply.header('cache-control', 'no-cache'));
  }

  @Get('/assets/:name')
  @Public()
  asset(@Param('name') name: string, @Res() reply: FastifyReply): void {
    this.send(`assets/${name}`, reply.header('cache-control', FOR_GOOD));
  }

  @Get('/icons/:name')
  @Public()
  icon(@Param('name') name: string, @Res() reply: FastifyReply): void {
    this.send(`icons/${name}`, reply.header('cache-control', 'no-cache'));
  }

  private send(path: string, reply: FastifyReply): void {
    const text = this.files.get(path);
    if (text === undefined) throw new CodedError('NOT_FOUND', `There is nothing at GET /${path.slice(0, 200)}.`);
    void reply
      .header('content-type', TYPES[extname(path)] ?? 'application/octet-stream')
      .header('x-content-type-options', 'nosniff')
      .send(text);
  }
}

/** All files of the built page by their path; none where it is not built, as when the sources are run. */
function readPage(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => `${entry.parentPath}/${entry.name}`);
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
}
