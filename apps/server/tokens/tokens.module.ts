import { Module } from '@nestjs/common';
import { Enrolments } from './enrolments.js';
import { TokensController } from './tokens.controller.js';
import { Tokens } from './tokens.js';

/** Tokens, and what their holders may do. */
@Module({ controllers: [TokensController], providers: [Enrolments, Tokens], exports: [Tokens] })
export class TokensModule {}
