import { createTransport, type Transporter } from 'nodemailer';
import type { Color } from '#domain';
import { escapeHtml } from '../messages/escape-html.js';
import { chartPng } from '../messages/chart-png.js';
import type { AlertMessage, Message } from '../messages/message.js';
import { cut, messageLines } from '../messages/plain-text.js';
import { Notifier, RefusedError } from './notifier.js';
import { merged, type Threads, threadUpdates } from './threads.js';

const TIMEOUT_MS = 20_000;
const MAX_SUBJECT = 180;
/** Alerts of one mail that are told in full; the others get a line. */
const DETAILED = 3;
const colours = { RED: '#c62828', AMBER: '#ef6c00', GREEN: '#2e7d32' } as const satisfies Record<Color, string>;

export interface MailOptions {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465` (TLS from the start). */
  smtp: string;
  from: string;
  to: string[];
  /** `required` refuses a server without TLS; `optional` takes what it offers. */
  tls: 'required' | 'optional';
  threads: Threads;
}

/** E-mail over SMTP, with TLS. The mails about one alert are one thread: the same subject and the same root. */
export class MailNotifier extends Notifier {
  readonly name = 'mail';
  private readonly transport: Transporter;

  constructor(private readonly options: MailOptions) {
    super();
    const url = new URL(options.smtp);
    const secure = url.protocol === 'smtps:';
    this.transport = createTransport({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || (secure ? 465 : 587),
      secure,
      requireTLS: !secure && options.tls === 'required',
      ...(url.username && { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }),
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      // What a name holds never becomes a file or an address to fetch.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send(message: Message): Promise<void> {
    const { from, to, threads } = this.options;
    const { notification, color } = message;
    const updates = threadUpdates(notification, threads, message.subject);
    // The thread of the worst alert; a mail can stand in one only, and is named as an answer to the others.
    const [first] = updates;
    const roots = updates.map(({ thread }) => `<${thread.id}@amberwatch.invalid>`);
    try {
      await this.transport.sendMail({
        from,
        to,
        messageId: `<${notification.id}@amberwatch.invalid>`,
        inReplyTo: roots[0],
        references: roots,
        headers: {
          'Auto-Submitted': 'auto-generated',
          'X-Auto-Response-Suppress': 'All',
          'X-Amberwatch-Color': color,
        },
        priority: color === 'RED' ? 'high' : 'normal',
        subject: subjectOf(notification.kind === 'test' ? message.title : (first?.thread.subject ?? message.subject)),
        ...mailContent(message),
      });
    } catch (error) {
      const { responseCode } = error as { responseCode?: number };
      // A reply of 5xx is for good (RFC 5321, 4.2.1), except where it is about signing in.
      if (responseCode !== undefined && responseCode >= 500 && ![530, 534, 535, 538].includes(responseCode)) {
        throw new RefusedError((error as Error).message, { cause: error });
      }
      throw error;
    }
    if (notification.kind === 'test') return;
    const [joined, ...others] = updates;
    const news = others.filter(({ isNew }) => isNew).flatMap(({ thread }) => thread.items);
    if (joined) threads.keep(merged(joined.thread, news));
    for (const { thread, isNew } of others) if (!isNew) threads.keep(thread);
  }
}

/** One line, whatever the names hold: they came with their control characters made visible. */
function subjectOf(text: string): string {
  return cut(`[amberwatch] ${text}`, MAX_SUBJECT);
}

/** Text and HTML, with the charts as pictures inside; in HTML every name is only text. */
export function mailContent(message: Message) {
  const { alerts, unlisted, title, link } = message;
  const detailed = alerts.slice(0, DETAILED);
  const short = alerts.slice(DETAILED);
  const html = [
    ...(alerts.length === 1 && unlisted === 0 ? [] : [`<h2>${escapeHtml(title)}</h2>`]),
    ...detailed.map(alertHtml),
    ...short.map((one) => `<p>${badge(one.color)} ${escapeHtml(one.headline)}.</p>`),
    ...(unlisted > 0 ? [`<p>… and ${unlisted} more.</p>`] : []),
    ...(link && alerts.length !== 1 ? [`<p>${anchor(link, 'Open Amberwatch')}</p>`] : []),
  ];
  const attachments = detailed.flatMap(({ chart, shortId }) =>
    chart
      ? [
          {
            filename: `${shortId}.png`,
            content: chartPng(chart),
            contentType: 'image/png',
            contentDisposition: 'inline' as const,
            cid: cidOf(shortId),
          },
        ]
      : [],
  );
  return {
    text: messageLines(message, DETAILED).join('\n'),
    html: `<div style="font-family:sans-serif;font-size:14px;max-width:640px">${html.join('\n')}</div>`,
    attachments,
  };
}

function alertHtml({ color, headline, facts, chart, shortId, link, runbook, commands }: AlertMessage): string {
  const cell = 'style="padding:2px 12px 2px 0;vertical-align:top"';
  const rows = facts.map(
    ({ label, text }) => `<tr><td ${cell}><b>${escapeHtml(label)}</b></td><td>${escapeHtml(text)}</td></tr>`,
  );
  const links = [...(link ? [anchor(link, 'Open')] : []), ...(runbook ? [anchor(runbook, 'Runbook')] : [])];
  const picture = `<p><img src="cid:${cidOf(shortId)}" width="400" height="80" alt="the last hour"></p>`;
  return [
    `<p style="font-size:16px">${badge(color)} ${escapeHtml(headline)}.</p>`,
    ...(chart ? [picture] : []),
    `<table style="border-collapse:collapse">${rows.join('')}</table>`,
    ...(links.length > 0 ? [`<p>${links.join(' · ')}</p>`] : []),
    ...(commands
      ? [`<p><code>${escapeHtml(commands.acknowledge)}</code><br><code>${escapeHtml(commands.silence)}</code></p>`]
      : []),
  ].join('\n');
}

function badge(color: Color): string {
  return `<b style="color:#fff;background:${colours[color]};padding:2px 6px">${color}</b>`;
}

function anchor(url: string, text: string): string {
  return `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;
}

function cidOf(shortId: string): string {
  return `chart-${shortId}@amberwatch.invalid`;
}
