import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InfluxDB, type ParameterizedQuery, type QueryApi } from '@influxdata/influxdb-client';
import { unavailable } from '../store-errors.js';
import type { InfluxHttp } from './influx-http.js';

const QUERY_LIMIT_MS = 30_000;
/** Queries under way at once, and waiting for their turn. */
const MAX_QUERIES = 4;
const MAX_WAITING_QUERIES = 500;

/** A row of an answer, with those of its columns that our queries keep. */
export interface FluxRow {
  result: string;
  host?: string;
  process_name?: string;
  unit?: string;
  kind?: string;
  _field?: string;
  _time?: string;
  _value: number;
}

/** Sends Flux to InfluxDB, a few queries at a time. */
export class InfluxQueries {
  private connected: { token: string; api: QueryApi } | undefined;
  private readonly agent: HttpAgent;
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(private readonly http: InfluxHttp) {
    const { url } = http.options;
    this.agent = new (url.startsWith('https:') ? HttpsAgent : HttpAgent)({ keepAlive: true });
  }

  /** Rows of all results of a query; rejects as the client library does. */
  async rows<Row = FluxRow>(query: ParameterizedQuery): Promise<Row[]> {
    await this.turn();
    try {
      return await this.api().collectRows<Row>(query);
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  /** By the token that is in use now. */
  private api(): QueryApi {
    const { options, currentToken: token } = this.http;
    if (this.connected?.token === token) return this.connected.api;
    const { url, org } = options;
    const client = new InfluxDB({ url, token, timeout: QUERY_LIMIT_MS, transportOptions: { agent: this.agent } });
    this.connected = { token, api: client.getQueryApi(org) };
    return this.connected.api;
  }

  close(): void {
    this.agent.destroy();
  }

  private async turn(): Promise<void> {
    if (this.running >= MAX_QUERIES) {
      if (this.waiting.length >= MAX_WAITING_QUERIES) {
        throw unavailable('The store is busy: too many reads wait', undefined, 1);
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.running++;
  }
}
