import { Module } from '@nestjs/common';
import { Callers } from '../http/callers.js';
import { SessionController } from './session.controller.js';

/** Who asks: the token, and the sessions of pages that have shown it. */
@Module({ controllers: [SessionController], providers: [Callers], exports: [Callers] })
export class SessionModule {}
