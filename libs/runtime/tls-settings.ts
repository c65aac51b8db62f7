import { z } from 'zod';
import { type SettingGroup, SettingsError } from './settings.js';
import { readTls, type TlsFiles } from './tls-files.js';

const file = z.string().min(1).optional();

/** Settings of a service that listens. */
export const tlsSettings = {
  AMBERWATCH_TLS_CERT: file.describe(
    'File of the certificate, its chain behind it, in PEM; where it is set, this port speaks TLS only. See docs/tls.md',
  ),
  AMBERWATCH_TLS_KEY: file.describe('File of the private key of that certificate, in PEM'),
  AMBERWATCH_TLS_CA: file.describe(
    'File of authorities in PEM; where it is set, clients need a certificate signed by one of them, except for /health/…',
  ),
};

export const tlsGroup: SettingGroup = {
  what: 'TLS',
  needed: ['AMBERWATCH_TLS_CERT', 'AMBERWATCH_TLS_KEY'],
  optional: ['AMBERWATCH_TLS_CA'],
};

/** These settings, also as they stand in the environment. */
export interface TlsSettings {
  AMBERWATCH_TLS_CERT?: string | undefined;
  AMBERWATCH_TLS_KEY?: string | undefined;
  AMBERWATCH_TLS_CA?: string | undefined;
}

/** The files of a service that speaks TLS; undefined where it does not. */
export function tlsFilesOf(settings: TlsSettings): TlsFiles | undefined {
  const { AMBERWATCH_TLS_CERT: cert, AMBERWATCH_TLS_KEY: key, AMBERWATCH_TLS_CA: ca } = settings;
  return cert && key ? { cert, key, ca: ca || undefined } : undefined;
}

/** What is wrong with these files, for `check` of a service. */
export function tlsProblems(environment: TlsSettings): string[] {
  const files = tlsFilesOf(environment);
  if (!files) return [];
  try {
    readTls(files);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}
