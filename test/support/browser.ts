import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { temporaryFolder, waitUntil } from './processes.js';

/** The Chromium of this machine, if there is one. */
export const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { timeout: 20_000 }).status === 0,
);

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--window-size=1280,1000',
  '--remote-debugging-pipe',
];

interface Reply {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

/** A real browser, told what to do over the pipe of its DevTools protocol (https://chromedevtools.github.io/devtools-protocol). */
export class Browser {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private asked = 0;

  constructor() {
    const args = [...flags, `--user-data-dir=${temporaryFolder()}`, 'about:blank'];
    this.child = spawn(chromium as string, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    let text = '';
    (this.child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (text + chunk).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.take(JSON.parse(message) as Reply);
    });
  }

  async open(url: string): Promise<Page> {
    const { targetId } = await this.send('Target.createTarget', { url });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    return new Page((method, params) => this.send(method, params, sessionId as string));
  }

  close(): void {
    this.child.kill('SIGKILL');
  }

  private send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ result, error }) => (error ? reject(new Error(error.message)) : resolve(result ?? {})));
      (this.child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  private take(reply: Reply): void {
    if (reply.id === undefined) return;
    this.waiting.get(reply.id)?.(reply);
    this.waiting.delete(reply.id);
  }
}

export class Page {
  constructor(private readonly send: (method: string, params?: object) => Promise<Record<string, unknown>>) {}

  /** Value of an expression in the page. */
  async value<Value>(expression: string): Promise<Value> {
    const reply = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    const { result, exceptionDetails } = reply as { result: { value: Value }; exceptionDetails?: object };
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Resolves with what the page shows of an element, once it fits. */
  async shows(selector: string, pattern: RegExp): Promise<string> {
    let last = '';
    return waitUntil(`${selector} ${String(pattern)}`, async () => {
      last =
        (await this.value<string | null>(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? null`)) ??
        '';
      return pattern.test(last) ? last || ' ' : undefined;
    }).catch(async (error: Error) => {
      throw new Error(`${error.message}; it shows ${JSON.stringify(last)}`, { cause: error });
    });
  }

  async titled(title: string): Promise<void> {
    await waitUntil(`the title "${title}"`, async () => (await this.value('document.title')) === title);
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.value(`document.querySelector(${JSON.stringify(selector)}).value = ${JSON.stringify(text)}`);
  }

  async click(selector: string): Promise<void> {
    await this.value(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  async picture(file: string): Promise<void> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    writeFileSync(file, Buffer.from(data as string, 'base64'));
  }
}
