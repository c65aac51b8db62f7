import { createTransport, type Transporter } from 'nodemailer';
import { escapeForConsole, type Notification } from '#domain';
import { Notifier, RefusedError, titleOf, unlisted } from './notifier.js';

const TIMEOUT_MS = 20_000;
const MAX_SUBJECT = 180;
const colours = { RED: '#c62828', AMBER: '#ef6c00', GREEN: '#2e7d32' } as const;

export interface MailOptions {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465` (TLS from the start). */
  smtp: string;
  from: string;
  to: string[];
  link?: string;
  /** `required` refuses a server without TLS; `optional` takes what it offers. */
  tls: 'required' | 'optional';
}

/** E-mail over SMTP, with TLS. */
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

  async send(notification: Notification): Promise<void> {
    const { from, to, link } = this.options;
    try {
      await this.transport.sendMail({
        from,
        to,
        messageId: `<${notification.id}@amberwatch.invalid>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        ...mailContent(notification, link),
      });
    } catch (error) {
      const { responseCode } = error as { responseCode?: number };
      // A reply of 5xx is for good (RFC 5321, 4.2.1), except where it is about signing in.
      if (responseCode !== undefined && responseCode >= 500 && ![530, 534, 535, 538].includes(responseCode)) {
        throw new RefusedError((error as Error).message, { cause: error });
      }
      throw error;
    }
  }
}

/** Subject, text and HTML. The subject is one line, whatever the names hold; in HTML every name is only text. */
export function mailContent(notification: Notification, link?: string) {
  const title = titleOf(notification);
  const more = unlisted(notification);
  const rows = notification.items.map(({ incident, text }) => ({ color: incident.color, text }));
  const footer = [...(more > 0 ? [`… and ${more} more.`] : []), ...(link ? [link] : [])];
  const htmlRows = rows.map(
    ({ color, text }) =>
      `<tr><td style="color:${colours[color]};font-weight:bold">${color}</td><td>${escapeHtml(text)}</td></tr>`,
  );
  return {
    subject: `[amberwatch] ${escapeForConsole(title).replaceAll('\\\\', '\\')}`.slice(0, MAX_SUBJECT),
    text: [...rows.map(({ color, text }) => `${color.padEnd(5)} ${text}`), '', ...footer].join('\n'),
    html: `<p>${escapeHtml(title)}</p><table>${htmlRows.join('')}</table>${footer.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}`,
  };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
