import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { AmberwatchClient } from '#client';
import { type RunningApp, startApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';

const hostile = 'nginx\r\nBcc: all@example.com';

/** A certificate of its own for `localhost`, as a private mail server has one. */
function certificate(folder: string): { key: string; cert: string; path: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ];
  execFileSync('openssl', made, { stdio: 'pipe' });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8'), path: cert };
}

describe('mail of a real alarm to a real SMTP server', () => {
  const apps: RunningApp[] = [];
  const mails: { text: string; secure: boolean; user: string | undefined }[] = [];
  let smtp: SMTPServer;
  let client: AmberwatchClient;

  beforeAll(async () => {
    const folder = temporaryFolder();
    const { key, cert, path } = certificate(folder);
    smtp = new SMTPServer({
      key,
      cert,
      onAuth: (auth, _session, done) => done(null, auth.password === 'secret' ? { user: auth.username } : undefined),
      onData: (stream, session, done) => {
        let text = '';
        stream.setEncoding('utf8').on('data', (part: string) => (text += part));
        stream.on('end', () => {
          mails.push({ text, secure: session.secure, user: session.user as string | undefined });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => void smtp.listen(0, '127.0.0.1', resolve));
    const { port } = smtp.server.address() as { port: number };
    const server = await startServer(temporaryFolder());
    apps.push(server);
    client = new AmberwatchClient({ baseUrl: server.url });
    writeFileSync(join(folder, 'rules.yml'), 'rules: [{ name: all, for: 0s }]\n');
    const alarm = startApp('alarm', {
      AMBERWATCH_RULES: join(folder, 'rules.yml'),
      AMBERWATCH_SERVER_URL: server.url,
      AMBERWATCH_DATA: folder,
      AMBERWATCH_NOTIFY_WAIT: '1s',
      AMBERWATCH_NOTIFY_PRIVATE: 'allow',
      AMBERWATCH_SMTP_URL: `smtp://amber:secret@localhost:${port}`,
      AMBERWATCH_MAIL_FROM: 'amberwatch@example.com',
      AMBERWATCH_MAIL_TO: 'ops@example.com',
      NODE_EXTRA_CA_CERTS: path,
    });
    apps.push(alarm);
    await alarm.waitFor(/Alarm follows/);
  }, 60_000);
  afterAll(async () => {
    await stopAll(apps);
    await new Promise<void>((resolve) => {
      smtp.close(resolve);
    });
  });

  it('goes over TLS with the password of the address, and a name adds no header', async () => {
    await client.putSamples({
      id: `mail-e2e-${process.pid}`,
      host: 'web-1',
      time: new Date().toISOString(),
      intervalMs: 5_000,
      names: [hostile],
      count: [1],
      cpu: [95],
      cpuMax: [95],
    });
    const mail = await waitUntil('the mail', () => mails[0], 30_000);
    expect([mail.secure, mail.user]).toEqual([true, 'amber']);
    const [headers = ''] = mail.text.split('\r\n\r\n');
    expect(headers).toMatch(/^To: ops@example\.com$/m);
    expect(headers).toMatch(/^Subject: \[amberwatch\] CPU of nginx\\r\\nBcc: all@example\.com on web-1$/m);
    expect(headers).toMatch(/^X-Amberwatch-Color: RED$/m);
    expect(headers).not.toMatch(/^Bcc:/im);
  }, 60_000);
});
