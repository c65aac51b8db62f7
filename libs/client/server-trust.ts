import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';

/** The settings by which a client and a server know each other. */
export interface TrustSettings {
  AMBERWATCH_SERVER_CA?: string | undefined;
  AMBERWATCH_CLIENT_CERT?: string | undefined;
  AMBERWATCH_CLIENT_KEY?: string | undefined;
}

const names = ['AMBERWATCH_SERVER_CA', 'AMBERWATCH_CLIENT_CERT', 'AMBERWATCH_CLIENT_KEY'] as const;

/** The files can't be used; the message says which and why. */
export class TrustError extends Error {
  override name = 'TrustError';
}

/** Whom a client trusts, and by which certificate it is known itself; read again once the files change. */
export class ServerTrust {
  private stamp: string;
  private read: SecureContext;

  /** @throws TrustError */
  constructor(private readonly settings: TrustSettings) {
    this.stamp = stampOf(settings);
    this.read = contextOf(settings);
  }

  /** For the next connection. Where changed files are not right, such as while only one of two is written, that before. */
  get context(): SecureContext {
    const stamp = stampOf(this.settings);
    if (stamp === this.stamp) return this.read;
    this.stamp = stamp;
    try {
      this.read = contextOf(this.settings);
    } catch (error) {
      if (!(error instanceof TrustError)) throw error;
    }
    return this.read;
  }
}

/** Undefined where nothing is set: then a server is known by the authorities that come with Node. */
export function trustOf(settings: TrustSettings): ServerTrust | undefined {
  return names.some((name) => settings[name]) ? new ServerTrust(settings) : undefined;
}

/** What is wrong with the files, for people. */
export function trustProblems(settings: TrustSettings): string[] {
  try {
    trustOf(settings);
    return [];
  } catch (error) {
    if (error instanceof TrustError) return [error.message];
    throw error;
  }
}

function stampOf(settings: TrustSettings): string {
  const stamps = names.map((name) => {
    const path = settings[name];
    const found = path ? statSync(path, { bigint: true, throwIfNoEntry: false }) : undefined;
    return found ? `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}` : '';
  });
  return stamps.join('\n');
}

function contextOf(settings: TrustSettings): SecureContext {
  const [ca, cert, key] = names.map((name) => load(name, settings[name]));
  try {
    return createSecureContext({ ca, cert, key });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const files = names.filter((name) => settings[name]).map((name) => `${name}=${settings[name]}`);
    const why =
      code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' ? 'the key does not belong to the certificate' : (code ?? message);
    throw new TrustError(`${files.join(', ')}: not usable as PEM (${why})`, { cause: error });
  }
}

function load(name: string, path: string | undefined): Buffer | undefined {
  if (!path) return undefined;
  try {
    const text = readFileSync(path);
    // Of a file without a certificate OpenSSL would make an authority that trusts nobody.
    if (text.includes('-----BEGIN ')) return text;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TrustError(
      code === 'ENOENT' ? `${name}: there is no file ${path}` : `${name}: ${path} can't be read (${code ?? message})`,
      { cause: error },
    );
  }
  throw new TrustError(`${name}: ${path} holds nothing in PEM`);
}
