import type { Server } from 'node:tls';
import { Logger } from '@nestjs/common';
import { Once } from './log.js';
import { Loop } from './loop.js';
import type { Reading } from './metrics.js';
import { SettingsError } from './settings.js';
import { tlsFilesOf, type TlsSettings } from './tls-settings.js';
import { readTls, stampOf, type TlsFiles, type TlsMaterial } from './tls-files.js';

/** How soon a renewed certificate is in use. */
const LOOK_MS = 2_000;

/**
 * Certificate and key of a process, read again once their files change. New ones are in use from the next connection on;
 * those that are open stay. Where the new ones are not right, such as while only one of two files is written, the ones
 * before stay in use.
 */
export class TlsPair {
  private readonly logger = new Logger('tls');
  private readonly trouble = new Once((text) => this.logger.error(text));
  private readonly servers = new Set<Server>();
  private material: TlsMaterial;
  private stamp: string | undefined;
  private loop: Loop | undefined;

  /** @throws SettingsError where the files are not right */
  constructor(private readonly files: TlsFiles) {
    this.material = readTls(files);
    for (const warning of this.material.warnings) this.logger.warn(warning);
  }

  get current(): TlsMaterial {
    return this.material;
  }

  /** Keeps a server on the newest files from when it listens until it is closed. */
  keep(server: Server): void {
    server.once('listening', () => {
      this.servers.add(server);
      this.loop ??= this.look();
    });
    server.once('close', () => {
      this.servers.delete(server);
      if (this.servers.size > 0) return;
      void this.loop?.stop();
      this.loop = undefined;
    });
  }

  private look(): Loop {
    const loop = new Loop({
      name: 'tls.files',
      periodMs: LOOK_MS,
      run: () => this.refresh(),
      onError: (error) => this.trouble.warn(`The files of the certificate can't be looked at: ${String(error)}`),
    });
    loop.start();
    return loop;
  }

  private async refresh(): Promise<void> {
    const stamp = await stampOf(this.files);
    // The first look reads them too, because they may have changed since the start read them.
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    const before = this.material;
    try {
      this.material = readTls(this.files);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      this.trouble.warn(`The changed certificate is not used, the one before stays: ${error.problems.join('; ')}`);
      return;
    }
    this.trouble.clear();
    if (isSame(before, this.material)) return;
    for (const server of this.servers) server.setSecureContext(this.material);
    this.logger.log(
      `The certificate was read again and is valid until ${new Date(this.material.endsMs).toISOString()}`,
    );
    for (const warning of this.material.warnings) this.logger.warn(warning);
  }
}

function isSame(one: TlsMaterial, other: TlsMaterial): boolean {
  const text = ({ cert, key, ca }: TlsMaterial) => [cert, key, ca ?? ''].join('\n');
  return text(one) === text(other);
}

/** The pair of a service that speaks TLS. */
export function tlsPairOf(settings: TlsSettings): TlsPair | undefined {
  const files = tlsFilesOf(settings);
  return files && new TlsPair(files);
}

/** When the certificate ends, under the name that Prometheus' users know from cert-manager. */
export function certificateEnd(pair: TlsPair): Omit<Reading, 'read'> & { read: () => number } {
  return {
    name: 'amberwatch_tls_certificate_expiration_timestamp_seconds',
    help: 'Unix time at which the certificate of this port expires',
    type: 'gauge',
    read: () => pair.current.endsMs / 1000,
  };
}
