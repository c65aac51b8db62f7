import { readdirSync, readFileSync } from 'node:fs';
import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { CodedError } from '#domain';
import { Public } from '../http/public.decorator.js';

const asset = (name: string) => readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The page to look at. It holds no data itself: it asks the same routes as everybody, with the reader's token. */
@ApiExcludeController()
@Controller()
export class DashboardController {
  private readonly page = asset('index.html');
  private readonly script = asset('dashboard.js');
  private readonly modules = new Map(
    readdirSync(new URL('./assets/dashboard', import.meta.url)).map((name) => [name, asset(`dashboard/${name}`)]),
  );
  private readonly style = asset('dashboard.css');

  @Get('/')
  @Public()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', POLICY)
  @Header('x-content-type-options', 'nosniff')
  @Header('referrer-policy', 'no-referrer')
  index(): string {
    return this.page;
  }

  @Get('/dashboard.js')
  @Public()
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  js(): string {
    return this.script;
  }

  @Get('/dashboard/:name')
  @Public()
  @Header('content-type', 'text/javascript; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  module(@Param('name') name: string): string {
    const text = this.modules.get(name);
    if (text === undefined)
      throw new CodedError('NOT_FOUND', `There is nothing at GET /dashboard/${name.slice(0, 200)}.`);
    return text;
  }

  @Get('/dashboard.css')
  @Public()
  @Header('content-type', 'text/css; charset=utf-8')
  @Header('x-content-type-options', 'nosniff')
  css(): string {
    return this.style;
  }
}
