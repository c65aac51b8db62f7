import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of a certificate and its key, in PEM. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

export interface CertificateOptions {
  /** As OpenSSL writes them, such as `DNS:localhost`. */
  names?: string[];
  /** Negative where it has expired. */
  days?: number;
}

const here = ['DNS:localhost', 'IP:127.0.0.1'];

/** An authority of a test's own, which signs certificates into a folder. Whatever was there under a name is replaced. */
export class TestAuthority {
  readonly cert: string;
  private readonly key: string;

  constructor(
    private readonly folder: string,
    name = 'authority',
  ) {
    [this.cert, this.key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const subject = ['-subj', `/CN=${name}`, '-days', '30', '-addext', 'keyUsage=critical,keyCertSign'];
    openssl('req', '-x509', ...newKey, '-keyout', this.key, '-out', this.cert, ...subject);
  }

  sign(name: string, { names = here, days = 30 }: CertificateOptions = {}): CertificateFiles {
    const [cert, key] = [join(this.folder, `${name}.pem`), join(this.folder, `${name}.key`)];
    const [request, extensions] = [join(this.folder, `${name}.csr`), join(this.folder, `${name}.ext`)];
    openssl('req', '-new', ...newKey, '-keyout', `${key}.new`, '-out', request, '-subj', `/CN=${name}`);
    writeFileSync(extensions, `subjectAltName=${names.join(',')}\n`);
    const by = ['-CA', this.cert, '-CAkey', this.key, '-CAcreateserial', '-extfile', extensions];
    openssl('x509', '-req', '-in', request, '-out', `${cert}.new`, '-days', String(days), ...by);
    renameSync(`${key}.new`, key);
    renameSync(`${cert}.new`, cert);
    return { cert, key };
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(...words: string[]): void {
  execFileSync('openssl', words, { stdio: 'pipe' });
}
