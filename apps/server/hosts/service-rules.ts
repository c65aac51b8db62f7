import { readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { hostName, matchesGlob, serviceName } from '#domain';
import { StartError } from '#runtime';
import { z } from 'zod';
import { SETTINGS, type ServerSettings } from '../server.config.js';

const rulesFile = z
  .array(z.strictObject({ host: hostName.describe('Glob of host names'), service: serviceName }))
  .max(10_000);

/** Which service a host belongs to where its collector does not say so: the first rule that fits. */
@Injectable()
export class ServiceRules {
  private readonly rules: z.infer<typeof rulesFile>;

  /** @throws StartError where the file can't be read or is no list of rules */
  constructor(@Inject(SETTINGS) settings: ServerSettings) {
    const file = settings.AMBERWATCH_SERVICE_RULES;
    this.rules = file === undefined ? [] : readRules(file);
  }

  serviceOf(host: string): string | null {
    return this.rules.find((rule) => matchesGlob(rule.host, host))?.service ?? null;
  }
}

function readRules(file: string): z.infer<typeof rulesFile> {
  try {
    return rulesFile.parse(JSON.parse(readFileSync(file, 'utf8')));
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
