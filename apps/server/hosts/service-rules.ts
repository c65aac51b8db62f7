import { readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { hostName, serviceName } from '#domain';
import { StartError } from '#runtime';
import { z } from 'zod';
import { SETTINGS, type ServerSettings } from '../server.config.js';

const rulesFile = z
  .array(z.strictObject({ host: hostName.describe('Host name; * stands for any characters'), service: serviceName }))
  .max(10_000);

/** Which service a host belongs to where its collector does not say so: the first rule that fits. */
@Injectable()
export class ServiceRules {
  private readonly rules: { pattern: RegExp; service: string }[];

  /** @throws StartError where the file can't be read or is no list of rules */
  constructor(@Inject(SETTINGS) settings: ServerSettings) {
    const file = settings.AMBERWATCH_SERVICE_RULES;
    this.rules = file === undefined ? [] : readRules(file);
  }

  serviceOf(host: string): string | null {
    return this.rules.find(({ pattern }) => pattern.test(host))?.service ?? null;
  }
}

function readRules(file: string) {
  try {
    return rulesFile.parse(JSON.parse(readFileSync(file, 'utf8'))).map(({ host, service }) => ({
      pattern: new RegExp(`^${host.split('*').map(escapePattern).join('.*')}$`, 'su'),
      service,
    }));
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? `${error.issues[0]?.path.join('.')} ${error.issues[0]?.message}`
        : (error as Error).message;
    throw new StartError(`AMBERWATCH_SERVICE_RULES: ${file} is no list of {"host", "service"}: ${why}`, {
      cause: error,
    });
  }
}

function escapePattern(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
