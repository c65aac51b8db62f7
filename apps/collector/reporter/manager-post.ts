import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ServerTrust } from '#client/server-trust';
import { type Log, Once } from '#runtime/log';
import { Loop } from '#runtime/loop';
import { sendJson } from '../control/json-http.js';

const TIME_LIMIT_MS = 10_000;
const PATH = '/app/post/data';

export interface ManagerPostParts {
  /** Address of the manager, with or without the path of its route. */
  managerUrl: string;
  token: () => string | undefined;
  /** Whom to trust where the address is https. */
  trust: ServerTrust | undefined;
  report: () => Promise<unknown>;
  /** The collector's own ticks: the report goes out as often, and not while they are paused. */
  ticks: Loop;
  log: Log;
}

/** Posts the original's JSON to a manager each interval. A report that is lost is not sent again: the next one is newer. */
export class ManagerPost implements OnApplicationBootstrap, OnApplicationShutdown {
  failures = 0;
  private readonly loop: Loop;
  private readonly trouble: Once;
  private readonly url: URL;

  constructor(private readonly parts: ManagerPostParts) {
    this.url = managerRoute(parts.managerUrl);
    this.trouble = new Once((text) => parts.log.warn(text));
    this.loop = new Loop({
      name: 'collector.manager',
      periodMs: parts.ticks.period,
      run: () => this.post(),
      onError: (error) => {
        this.failures++;
        this.trouble.warn(`The manager at ${this.url.origin} takes no report: ${(error as Error).message}`);
      },
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  private async post(): Promise<void> {
    const { ticks, report, token, trust, log } = this.parts;
    if (this.loop.period !== ticks.period) this.loop.setPeriod(ticks.period);
    if (ticks.isPaused) return;
    await sendJson(this.url, { method: 'POST', body: await report(), token: token(), trust, timeoutMs: TIME_LIMIT_MS });
    if (this.trouble.clear()) log.log('The manager takes reports again');
  }
}

export function managerRoute(managerUrl: string): URL {
  const url = new URL(managerUrl);
  if (!url.pathname.endsWith(PATH)) url.pathname = `${url.pathname.replace(/\/+$/, '')}${PATH}`;
  return url;
}
