import { aws, azure, type Cloud, google, type Metadata } from './clouds.js';
import { askAt } from './metadata-http.js';

/** The address that all three clouds use; it is routed nowhere else (RFC 3927). */
const METADATA_URL = 'http://169.254.169.254';
/** The services answer within a millisecond; elsewhere nobody answers at all. */
const TIME_LIMIT_MS = 1000;
/** A public address may change while the machine runs. */
const FRESH_MS = 3_600_000;

export interface InstanceMetadataOptions {
  url?: string;
  timeLimitMs?: number;
  /** Milliseconds of a clock that never jumps. */
  now?: () => number;
}

/** What the cloud says of this machine; nothing elsewhere, without noise, and nobody ever waits for it. */
export class InstanceMetadata {
  /** As far as it is known now. */
  current: Metadata = {};
  private askedAtMs = Number.NEGATIVE_INFINITY;
  private asking: Promise<Metadata> | undefined;

  constructor(private readonly options: InstanceMetadataOptions = {}) {}

  /** Asks the clouds unless that was done a short time ago; resolves within the time limit. */
  refresh(): Promise<Metadata> {
    const now = (this.options.now ?? (() => performance.now()))();
    if (now - this.askedAtMs < FRESH_MS) return this.asking ?? Promise.resolve(this.current);
    this.askedAtMs = now;
    this.asking = this.find().then((found) => {
      this.asking = undefined;
      return (this.current = found ?? this.current);
    });
    return this.asking;
  }

  /** The first cloud that answers as itself. */
  private async find(): Promise<Metadata | undefined> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.options.timeLimitMs ?? TIME_LIMIT_MS);
    const ask = askAt(this.options.url ?? METADATA_URL, limit.signal);
    const answerOf = async (cloud: Cloud): Promise<Metadata> => {
      const metadata = await cloud(ask);
      if (!metadata) throw new Error('another cloud, or none');
      return metadata;
    };
    try {
      return await Promise.any([aws, google, azure].map(answerOf));
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
      limit.abort();
    }
  }
}

const UNKNOWN = 'not available';

/**
 * The metadata as the original reporter serves them: clients of it read these five keys without asking whether they are
 * there. What no cloud says is `not available`, and the id of a machine outside of any cloud is its host's name.
 */
export function reporterMetadata(host: string, cloud: Metadata): Metadata {
  return {
    'ami-id': UNKNOWN,
    hostname: host,
    'instance-id': host,
    'instance-type': UNKNOWN,
    'public-ipv4': UNKNOWN,
    ...cloud,
  };
}
