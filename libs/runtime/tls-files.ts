import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { SettingsError } from './settings.js';

/** Files in PEM by which a service speaks TLS. */
export interface TlsFiles {
  cert: string;
  key: string;
  /** Authorities of clients' certificates, where these are needed. */
  ca?: string | undefined;
}

/** What these files hold. */
export interface TlsMaterial {
  cert: Buffer;
  key: Buffer;
  ca?: Buffer | undefined;
  /** Unix time, in milliseconds, at which the certificate ends. */
  endsMs: number;
  /** What is allowed and yet most likely wrong, a sentence each. */
  warnings: string[];
}

const SOON_MS = 14 * 86_400_000;

/** @throws SettingsError with all that is wrong, so that nobody listens by what no client could use */
export function readTls(files: TlsFiles, nowMs = Date.now()): TlsMaterial {
  const problems: string[] = [];
  const tell = (name: string, text: string): undefined => void problems.push(`${name}: ${text}`);
  const load = (name: string, path: string): Buffer | undefined => {
    try {
      return readFileSync(path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return tell(name, code === 'ENOENT' ? `there is no file ${path}` : `${path} can't be read (${code ?? message})`);
    }
  };
  const certificate = (name: string, path: string, pem: Buffer | undefined): X509Certificate | undefined => {
    try {
      return pem && new X509Certificate(pem);
    } catch {
      return tell(name, `${path} holds no certificate in PEM`);
    }
  };
  const cert = load('AMBERWATCH_TLS_CERT', files.cert);
  const key = load('AMBERWATCH_TLS_KEY', files.key);
  const ca = files.ca === undefined ? undefined : load('AMBERWATCH_TLS_CA', files.ca);
  const own = certificate('AMBERWATCH_TLS_CERT', files.cert, cert);
  if (files.ca !== undefined) certificate('AMBERWATCH_TLS_CA', files.ca, ca);
  const secret = key && privateKey(key);
  if (key && !secret) {
    tell('AMBERWATCH_TLS_KEY', `${files.key} holds no private key in PEM that is readable without a passphrase`);
  }
  if (own && secret && !own.checkPrivateKey(secret)) {
    tell('AMBERWATCH_TLS_KEY', `the key in ${files.key} does not belong to the certificate in ${files.cert}`);
  }
  if (!cert || !key || !own || problems.length > 0) throw new SettingsError(problems);
  try {
    createSecureContext({ cert, key, ca });
  } catch (error) {
    throw new SettingsError([`AMBERWATCH_TLS_CERT: ${files.cert} is not usable: ${(error as Error).message}`]);
  }
  const warnings = [...lifeWarnings(own, files.cert, nowMs), ...accessWarnings(files.key)];
  return { cert, key, ca, endsMs: Date.parse(own.validTo), warnings };
}

function privateKey(pem: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function lifeWarnings({ validFrom, validTo }: X509Certificate, path: string, nowMs: number): string[] {
  const [beginsMs, endsMs] = [Date.parse(validFrom), Date.parse(validTo)];
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  if (beginsMs > nowMs) return [`The certificate in ${path} is not valid before ${day(beginsMs)}`];
  if (endsMs <= nowMs) return [`The certificate in ${path} has expired on ${day(endsMs)}; clients refuse it`];
  return endsMs - nowMs < SOON_MS ? [`The certificate in ${path} expires on ${day(endsMs)}`] : [];
}

function accessWarnings(path: string): string[] {
  const open = (statSync(path).mode & 0o004) !== 0;
  return open ? [`Every user of this machine can read the private key ${path}; chmod o= keeps it from them`] : [];
}

/**
 * Changes where one of the files does, by whatever way: written anew, another one renamed to it (certbot), or another
 * folder behind a link on the way (Kubernetes).
 */
export async function stampOf(files: TlsFiles): Promise<string> {
  const paths = [files.cert, files.key, ...(files.ca === undefined ? [] : [files.ca])];
  const stamps = paths.map(async (path) => {
    try {
      const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
      return `${dev} ${ino} ${size} ${mtimeNs}`;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? '';
    }
  });
  return (await Promise.all(stamps)).join('\n');
}
