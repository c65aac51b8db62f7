import { fileURLToPath } from 'node:url';
import { Controller, Get, Header, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '#domain';
import { Public } from '../http/public.decorator.js';
import { readPage } from './page-files.js';

const POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";
/** Their names hold a hash of what is in them. */
const FOR_GOOD = 'public, max-age=31536000, immutable';
/** Kept, and asked for again whether it still is the same. */
const ASKED_AGAIN = 'no-cache';

/** The page to look at. It holds no data itself: it asks the same routes as everybody, with the reader's cookie. */
@ApiExcludeController()
@Controller()
export class PageController {
  private readonly files = readPage(fileURLToPath(new URL('../../web/', import.meta.url)));

  @Get('/')
  @Public()
  @Header('content-security-policy', POLICY)
  index(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (this.files.size === 0) throw new CodedError('NOT_FOUND', 'The page is not built: npm run build makes it.');
    this.send('index.html', ASKED_AGAIN, request, reply);
  }

  @Get('/assets/:name')
  @Public()
  asset(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.send(`assets/${name}`, FOR_GOOD, request, reply);
  }

  @Get('/icons/:name')
  @Public()
  icon(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.send(`icons/${name}`, ASKED_AGAIN, request, reply);
  }

  /** For who shows an answer that is no page: of what they see nothing is known, so it is never green. */
  @Get('/favicon.ico')
  @Public()
  favicon(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.send('icons/blind.svg', ASKED_AGAIN, request, reply);
  }

  private send(path: string, cacheControl: string, { url, headers }: FastifyRequest, reply: FastifyReply): void {
    const file = this.files.get(path);
    if (!file) throw new CodedError('NOT_FOUND', `There is nothing at GET ${url.slice(0, 200)}.`);
    void reply.header('cache-control', cacheControl).header('etag', file.tag).header('vary', 'accept-encoding');
    if (file.isKnown(headers['if-none-match'])) {
      void reply.status(304).send();
      return;
    }
    const { encoding, bytes } = file.for([headers['accept-encoding']].flat().join(','));
    if (encoding) void reply.header('content-encoding', encoding);
    void reply.header('content-type', file.type).send(bytes);
  }
}
