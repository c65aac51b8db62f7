import type { ControlAnswer, ControlOrder, ControlReport } from '#domain';

/** What is controlled: a collector, the alarm or the prediction. */
export interface Controlled {
  /** What it does now. */
  state: () => Omit<ControlReport, 'revision'>;
  /** Does what the order says, except a stop. */
  obey: (order: ControlOrder) => void | Promise<void>;
  /** Ends the process cleanly. */
  stop: () => void;
}

export interface ControlFollowerOptions {
  target: Controlled;
  /** Brings a report to the server; rejects where that is away. */
  send: (report: ControlReport) => Promise<ControlAnswer>;
  /** The newest order that was carried out before this start; 0 if unknown. */
  revision?: number;
}

/** Carries out each order of the server once, and says so. */
export class ControlFollower {
  revision: number;

  constructor(private readonly options: ControlFollowerOptions) {
    this.revision = options.revision ?? 0;
  }

  /** Says what the target does and carries out what the server wants. Rejects where the server is away. */
  async report(): Promise<void> {
    const { control } = await this.options.send(this.current());
    if (control) await this.take(control);
  }

  /** Carries out an order, unless it has done so before. */
  async take(order: ControlOrder): Promise<void> {
    if (order.revision <= this.revision) return;
    this.revision = order.revision;
    const { target, send } = this.options;
    await target.obey(order);
    if (order.status === 'stop') await this.end();
    else await send(this.current());
  }

  /** Ends the process. It says so first, so that the server doesn't stop the next one that starts. */
  async end(): Promise<void> {
    const { target, send } = this.options;
    await send({ ...this.current(), status: 'stopped' }).catch(() => undefined);
    target.stop();
  }

  private current(): ControlReport {
    return { ...this.options.target.state(), revision: this.revision };
  }
}
