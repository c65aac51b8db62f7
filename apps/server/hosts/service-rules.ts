import { readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { hostName, matchesGlob, serviceName } from '#domain';
import { problemText, readWritten, StartError } from '#runtime';
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
  const refuse = (why: string, cause?: unknown) =>
    new StartError(`AMBERWATCH_SERVICE_RULES: ${file} is no list of {"host", "service"}: ${why}`, { cause });
  let written: unknown;
  try {
    written = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refuse((error as Error).message, error);
  }
  const read = readWritten(rulesFile, written);
  if (read.problems) throw refuse(read.problems.map(problemText).join('; '));
  return read.data;
}
