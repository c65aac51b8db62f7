import { VERSION } from '#runtime/version';
import type { CollectorLoop } from '../collector.loop.js';
import type { CollectorControl } from '../control/collector-control.js';
import { type InstanceMetadata, reporterMetadata } from './metadata/instance-metadata.js';
import { reporterPage } from './report-page.js';

export interface ReporterParts {
  loop: CollectorLoop;
  control: CollectorControl;
  /** Undefined where no cloud is asked. */
  cloud: Pick<InstanceMetadata, 'refresh'> | undefined;
}

/** What the collector says of its host and of itself, in the form of the original reporter. */
export class Reporter {
  constructor(private readonly parts: ReporterParts) {}

  /** The whole page, as it is served and posted to a manager. */
  async report(): Promise<Record<string, unknown>> {
    return { ...reporterPage(this.parts.loop), Metadata: await this.metadata() };
  }

  async metadata(): Promise<Record<string, string>> {
    const { loop, cloud } = this.parts;
    return reporterMetadata(loop.parts.identity.host, (await cloud?.refresh()) ?? {});
  }

  /** Who this is, for `GET /`. */
  about(): Record<string, unknown> {
    const { loop, control } = this.parts;
    const { host, service } = loop.parts.identity;
    return {
      service: 'amberwatch-collector',
      version: VERSION,
      host,
      belongsTo: service ?? null,
      status: control.paused ? 'paused' : 'running',
      intervalMs: control.intervalMs,
    };
  }
}
