import { Module } from '@nestjs/common';
import { Callers } from './callers.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { SessionController } from './session.controller.js';

/** Who asks: the token, and the sessions of pages that have shown it. */
@Module({ imports: [TokensModule], controllers: [SessionController], providers: [Callers], exports: [Callers] })
export class SessionModule {}
