import { type DynamicModule, Module } from '@nestjs/common';
import { SETTINGS, type ServerSettings } from './server.config.js';

/** Hands the settings, which are parsed once at start, to whoever asks for `SETTINGS`. */
@Module({})
export class SettingsModule {
  static register(settings: ServerSettings): DynamicModule {
    return {
      module: SettingsModule,
      global: true,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
