import {
  accepted,
  alarmState,
  alert,
  alertPage,
  calibrationReport,
  CodedError,
  controlAnswer,
  controlState,
  errorReply,
  fillRoute,
  forecastLimits,
  forecastPage,
  historyPage,
  hostMetricsPage,
  hostPage,
  hostProcesses,
  hostState,
  hostTotalList,
  madeToken,
  notifyTest,
  notifyTestList,
  routes,
  scoreBoard,
  serviceList,
  silence,
  silenceList,
  silencePreview,
  tokenPage,
  unitHistoryPage,
  unitPage,
  usageByName,
  usageChanges,
  usagePage,
  type Accepted,
  type Acknowledgement,
  type AlarmState,
  type Alert,
  type AlertPage,
  type CalibrationReport,
  type ControlAnswer,
  type ControlReport,
  type ControlRequest,
  type ControlState,
  type ForecastLimits,
  type ForecastPage,
  type ForecastUpdate,
  type Heartbeat,
  type HeartbeatService,
  type HistoryPage,
  type HostMetricsPage,
  type HostPage,
  type HostProcesses,
  type HostState,
  type HostTotalList,
  type MadeToken,
  type NewToken,
  type IncidentUpdate,
  type IncidentValues,
  type Matcher,
  type NewSilence,
  type NotifyTest,
  type routeQuestion,
  type NotifyTestList,
  type NotifyTestResults,
  type SampleBatch,
  type ScoreBoard,
  type ServiceList,
  type Silence,
  type SilenceList,
  type SilencePreview,
  type Token,
  type UnitHistoryPage,
  type UnitPage,
  type UsageByName,
  type UsageChanges,
  type UsagePage,
} from '#domain';
import type { z } from 'zod';
import { allPages } from './all-pages.js';
import { type Fetch, fetchBy } from './fetch-by.js';
import { parseAnswer } from './parse-answer.js';
import { feedPage, type FeedPage } from './read-feed.js';
import type { ServerTrust } from './server-trust.js';
import { tlsWords } from './tls-words.js';

export interface ClientOptions {
  /** Address of the server, such as `http://127.0.0.1:8000`. */
  baseUrl: string;
  token?: string;
  /** Whom to trust where the address is https. */
  trust?: ServerTrust | undefined;
  /** Milliseconds after which a request without an answer has failed. */
  timeoutMs?: number;
}

/** Values of a query string; undefined ones are left out. */
export type Query = Record<string, string | number | boolean | undefined>;

export interface CallOptions {
  signal?: AbortSignal;
  /** Milliseconds after which this one has failed, where its answer takes longer than others. */
  timeoutMs?: number;
}

/** The server can't be reached, or what answered is not a server of ours. A later try may succeed. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

interface Call<Reply> extends CallOptions {
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  query?: Query;
  body?: unknown;
  reply?: z.ZodType<Reply>;
}

/**
 * Talks to the server; every answer is parsed with the domain's schema. A method rejects with `CodedError` where the
 * server refused (its code says whether a later try can help), with `UnreachableError` where it could not be asked.
 */
export class AmberwatchClient {
  private readonly baseUrl: string;
  private readonly isLocal: boolean;
  private readonly fetch: Fetch;

  constructor(private readonly options: ClientOptions) {
    this.baseUrl = options.baseUrl.replace(/\/+$/, '');
    this.fetch = fetchBy(options.trust);
    this.isLocal = /^https?:\/\/(127\.|localhost[:/]|localhost$|\[::1\])/.test(options.baseUrl);
  }

  putSamples(batch: SampleBatch, options: CallOptions = {}): Promise<Accepted> {
    return this.call(routes.samples, { ...options, method: 'PUT', body: batch, reply: accepted });
  }

  /**
   * What was accepted after the cursor; without one, nothing but the newest cursor, at once. Waits up to
   * `waitSeconds` for news, which newer forecasts than `forecastVersion` are too. Rejects with `CURSOR_GONE` where the cursor is unknown or too old.
   * A batch that can't be read is stepped over and named in `unreadable`.
   */
  feed(
    cursor?: string,
    options: CallOptions & { waitSeconds?: number; forecastVersion?: number } = {},
  ): Promise<FeedPage> {
    const { waitSeconds, forecastVersion, signal } = options;
    const timeoutMs = (this.options.timeoutMs ?? 15_000) + (waitSeconds ?? 20) * 1000;
    return this.call(routes.samples, {
      signal,
      query: { after: cursor, wait: waitSeconds, forecasts: forecastVersion },
      reply: feedPage,
      timeoutMs,
    });
  }

  hosts(query: Query = {}, options: CallOptions = {}): Promise<HostPage> {
    return this.call(routes.hosts, { ...options, query, reply: hostPage });
  }

  host(host: string, options: CallOptions = {}): Promise<HostState> {
    return this.call(fillRoute(routes.host, { host }), { ...options, reply: hostState });
  }

  /** What the programs of a host used at its newest tick, or with `at` at the newest one at or before that. */
  hostProcesses(host: string, query: Query = {}, options: CallOptions = {}): Promise<HostProcesses> {
    return this.call(fillRoute(routes.hostProcesses, { host }), { ...options, query, reply: hostProcesses });
  }

  /** What changed on a host between two moments or two ranges. */
  changes(query: Query, options: CallOptions = {}): Promise<UsageChanges> {
    return this.call(routes.changes, { ...options, query, reply: usageChanges });
  }

  /** Takes a host that is gone off the lists and ends its alerts; its history stays until retention. */
  forgetHost(host: string, options: CallOptions = {}): Promise<void> {
    return this.call(fillRoute(routes.host, { host }), { ...options, method: 'DELETE' });
  }

  usage(query: Query = {}, options: CallOptions = {}): Promise<UsagePage> {
    return this.call(routes.usage, { ...options, query, reply: usagePage });
  }

  /** The programs of each host added up. */
  usageOfHosts(query: Query = {}, options: CallOptions = {}): Promise<HostTotalList> {
    return this.call(routes.usageOfHosts, { ...options, query, reply: hostTotalList });
  }

  usageByName(query: Query = {}, options: CallOptions = {}): Promise<UsageByName> {
    return this.call(routes.getAll, { ...options, query, reply: usageByName });
  }

  history(query: Query = {}, options: CallOptions = {}): Promise<HistoryPage> {
    return this.call(routes.history, { ...options, query, reply: historyPage });
  }

  /** What units (services, containers, pods) used. */
  units(query: Query = {}, options: CallOptions = {}): Promise<UnitPage> {
    return this.call(routes.units, { ...options, query, reply: unitPage });
  }

  unitHistory(query: Query = {}, options: CallOptions = {}): Promise<UnitHistoryPage> {
    return this.call(routes.unitHistory, { ...options, query, reply: unitHistoryPage });
  }

  /** A metric of the host itself, such as `{ measurement: 'mem', field: 'used_percent' }`, for each of its devices. */
  hostMetrics(host: string, query: Query, options: CallOptions = {}): Promise<HostMetricsPage> {
    return this.call(fillRoute(routes.hostMetrics, { host }), { ...options, query, reply: hostMetricsPage });
  }

  alerts(query: Query = {}, options: CallOptions = {}): Promise<AlertPage> {
    return this.call(routes.alerts, { ...options, query, reply: alertPage });
  }

  putAlerts(update: IncidentUpdate, options: CallOptions = {}): Promise<void> {
    return this.call(routes.alerts, { ...options, method: 'PUT', body: update });
  }

  /** The newest values of open alerts, between two of their records. */
  putAlertValues(body: IncidentValues, options: CallOptions = {}): Promise<void> {
    return this.call(routes.alertValues, { ...options, method: 'PUT', body });
  }

  /** One alert, open or closed, by its id or the beginning of it. */
  alert(id: string, options: CallOptions = {}): Promise<Alert> {
    return this.call(fillRoute(routes.alert, { id }), { ...options, reply: alert });
  }

  alarmState(options: CallOptions = {}): Promise<AlarmState> {
    return this.call(routes.queryAlarm, { ...options, reply: alarmState });
  }

  forecasts(query: Query = {}, options: CallOptions = {}): Promise<ForecastPage> {
    return this.call(routes.forecasts, { ...options, query, reply: forecastPage });
  }

  putForecasts(update: ForecastUpdate, options: CallOptions = {}): Promise<void> {
    return this.call(routes.forecasts, { ...options, method: 'PUT', body: update });
  }

  /** Limits and horizons, beside the usual ones, that the rules of the alarm ask forecasts for. */
  forecastLimits(options: CallOptions = {}): Promise<ForecastLimits> {
    return this.call(routes.forecastLimits, { ...options, reply: forecastLimits });
  }

  putForecastLimits(body: ForecastLimits, options: CallOptions = {}): Promise<void> {
    return this.call(routes.forecastLimits, { ...options, method: 'PUT', body });
  }

  heartbeat(service: HeartbeatService, beat: Heartbeat, options: CallOptions = {}): Promise<void> {
    return this.call(fillRoute(routes.heartbeat, { service }), { ...options, method: 'PUT', body: beat });
  }

  heartbeats(options: CallOptions = {}): Promise<ServiceList> {
    return this.call(routes.heartbeats, { ...options, reply: serviceList });
  }

  /** Asks a host's collector to pause, resume, stop or change its interval; it obeys with its next batch or report. */
  controlHost(host: string, request: ControlRequest, options: CallOptions = {}): Promise<ControlState> {
    const path = fillRoute(routes.hostControl, { host });
    return this.call(path, { ...options, method: 'POST', body: request, reply: controlState });
  }

  /** The same for prediction or alarm. */
  controlService(service: HeartbeatService, request: ControlRequest, options: CallOptions = {}): Promise<ControlState> {
    const path = fillRoute(routes.serviceControl, { service });
    return this.call(path, { ...options, method: 'POST', body: request, reply: controlState });
  }

  /** Reports which orders a service has carried out; the answer holds the next one, if any. */
  reportService(service: HeartbeatService, report: ControlReport, options: CallOptions = {}): Promise<ControlAnswer> {
    const path = fillRoute(routes.serviceControl, { service });
    return this.call(path, { ...options, method: 'PUT', body: report, reply: controlAnswer });
  }

  /** Rejects with `NOT_FOUND` where prediction has not counted yet. */
  calibration(options: CallOptions = {}): Promise<CalibrationReport> {
    return this.call(routes.calibration, { ...options, reply: calibrationReport });
  }

  putCalibration(report: CalibrationReport, options: CallOptions = {}): Promise<void> {
    return this.call(routes.calibration, { ...options, method: 'PUT', body: report });
  }

  /** Silences, maintenance windows and acknowledgements that hold now or later. */
  silences(query: Query = {}, options: CallOptions = {}): Promise<SilenceList> {
    return this.call(routes.silences, { ...options, query, reply: silenceList });
  }

  /** What a silence would keep quiet now; nothing is kept. */
  previewSilence(match: Matcher, options: CallOptions = {}): Promise<SilencePreview> {
    return this.call(routes.silencePreview, { ...options, method: 'POST', body: { match }, reply: silencePreview });
  }

  addSilence(body: NewSilence, options: CallOptions = {}): Promise<Silence> {
    return this.call(routes.silences, { ...options, method: 'POST', body, reply: silence });
  }

  endSilence(id: string, options: CallOptions = {}): Promise<void> {
    return this.call(fillRoute(routes.silence, { id }), { ...options, method: 'DELETE' });
  }

  acknowledge(id: string, body: Acknowledgement, options: CallOptions = {}): Promise<Silence> {
    return this.call(fillRoute(routes.acknowledgement, { id }), { ...options, method: 'PUT', body, reply: silence });
  }

  /** Every token, without its text. */
  everyToken(options: CallOptions = {}): Promise<Token[]> {
    const ask = (cursor: string | undefined) =>
      this.call(routes.tokens, { ...options, query: { cursor }, reply: tokenPage });
    return allPages(ask, ({ tokens }) => tokens);
  }

  createToken(body: NewToken, options: CallOptions = {}): Promise<MadeToken> {
    return this.call(routes.tokens, { ...options, method: 'POST', body, reply: madeToken });
  }

  /** A new secret for a token; the one before goes on for a while. */
  renewToken(id: string, options: CallOptions = {}): Promise<MadeToken> {
    return this.call(fillRoute(routes.tokenRenewal, { id }), { ...options, method: 'POST', reply: madeToken });
  }

  revokeToken(id: string, options: CallOptions = {}): Promise<void> {
    return this.call(fillRoute(routes.token, { id }), { ...options, method: 'DELETE' });
  }

  scores(query: Query = {}, options: CallOptions = {}): Promise<ScoreBoard> {
    return this.call(routes.scores, { ...options, query, reply: scoreBoard });
  }

  /** Asks the alarm for a sample on every channel; `notifyTests` has its answer a few seconds later. */
  requestNotifyTest(options: CallOptions = {}): Promise<NotifyTest> {
    return this.call(routes.notifyTests, { ...options, method: 'POST', reply: notifyTest });
  }

  /** Asks the alarm who would be told of an alert; `notifyTests` has its answer a few seconds later. */
  requestRoute(question: z.input<typeof routeQuestion>, options: CallOptions = {}): Promise<NotifyTest> {
    return this.call(routes.notifyRoutes, { ...options, method: 'POST', body: question, reply: notifyTest });
  }

  notifyTests(options: CallOptions = {}): Promise<NotifyTestList> {
    return this.call(routes.notifyTests, { ...options, reply: notifyTestList });
  }

  putNotifyTestResults(id: string, body: NotifyTestResults, options: CallOptions = {}): Promise<void> {
    return this.call(fillRoute(routes.notifyTest, { id }), { ...options, method: 'PUT', body });
  }

  private async call<Reply>(path: string, call: Call<Reply>): Promise<Reply> {
    const timeout = AbortSignal.timeout(call.timeoutMs ?? this.options.timeoutMs ?? 15_000);
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
    const headers: Record<string, string> = {};
    if (this.options.token) headers['authorization'] = `Bearer ${this.options.token}`;
    // On one machine, packing costs more than it saves.
    if (this.isLocal) headers['accept-encoding'] = 'identity';
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    let status: number;
    let text: string;
    try {
      const response = await this.fetch(`${this.baseUrl}${path}${queryString(call.query)}`, {
        method: call.method ?? 'GET',
        headers,
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        signal,
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      if (call.signal?.aborted) throw call.signal.reason;
      throw new UnreachableError(`The server at ${this.baseUrl} can't be reached: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    return this.parse(path, status, text, call.reply);
  }

  private parse<Reply>(path: string, status: number, text: string, reply?: z.ZodType<Reply>): Reply {
    let json: unknown;
    try {
      json = text === '' ? undefined : JSON.parse(text);
    } catch {
      throw new UnreachableError(`${this.baseUrl}${path} answered ${status} with something that is no JSON`);
    }
    if (status >= 400) {
      const error = errorOf(status, json);
      throw error ?? new UnreachableError(`${this.baseUrl}${path} answered ${status}`);
    }
    if (!reply) return undefined as Reply;
    const parsed = parseAnswer(reply, json);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new UnreachableError(
      `${this.baseUrl}${path} answered what this version can't read: ${issue?.path.join('.')} ${issue?.message}`,
    );
  }
}

/** The error that the server answered; a code that only a newer server knows becomes one of the same kind. */
function errorOf(status: number, json: unknown): CodedError | undefined {
  const known = parseAnswer(errorReply, json);
  if (known.success) return new CodedError(known.data.code, known.data.message, known.data.details);
  const { code, ...rest } = (json ?? {}) as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  const kin = parseAnswer(errorReply, { ...rest, code: status >= 500 ? 'INTERNAL' : 'INVALID' });
  return kin.success ? new CodedError(kin.data.code, kin.data.message, kin.data.details) : undefined;
}

function queryString(query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  const text = search.toString();
  return text ? `?${text}` : '';
}

function reasonOf(error: unknown): string {
  const { name, message = String(error), cause = error } = error as Partial<Error>;
  if (name === 'TimeoutError') return 'no answer in time';
  const { code, message: inner } = cause as NodeJS.ErrnoException;
  return tlsWords(cause as NodeJS.ErrnoException) ?? code ?? inner ?? message;
}
