import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { type Asked, connectNext } from './connect.js';

const asked: Asked = { listens: '0.0.0.0', port: 8000, scheme: 'http', host: 'monitor.lan:8000' };

describe('how the next host is connected', () => {
  it('is told by the address at which the asker reached the server', () => {
    expect(connectNext(asked)).toEqual({
      command: "npm install && AMBERWATCH_SERVER_URL='http://monitor.lan:8000' npm run start:collector",
      url: 'http://monitor.lan:8000',
      reachable: true,
    });
    expect(connectNext({ ...asked, scheme: 'https', host: 'monitor.example' }).url).toBe('https://monitor.example');
    expect(connectNext({ ...asked, host: '[fd00::1]:8000' }).url).toBe('http://[fd00::1]:8000');
  });

  it('says what keeps other hosts away from a server on loopback', () => {
    const { reachable, hint } = connectNext({ ...asked, listens: '127.0.0.1', host: 'localhost:8000' });
    expect(reachable).toBe(false);
    expect(hint).toMatch(/AMBERWATCH_HOST=0\.0\.0\.0 and AMBERWATCH_TOKEN/);
  });

  it('takes an address of its own where the asker came by loopback or by no name at all', () => {
    for (const host of ['127.0.0.1:8000', 'evil"$(reboot)', undefined]) {
      const { url, hint } = connectNext({ ...asked, listens: '10.0.0.7', host });
      expect([url, hint]).toEqual(['http://10.0.0.7:8000', expect.stringContaining('that other hosts know')]);
    }
    expect(connectNext({ ...asked, listens: 'fd00::1', host: undefined }).url).toBe('http://[fd00::1]:8000');
  });

  it('holds the token for who has shown it, as one word of a shell whatever is in it, and says so to others', () => {
    const token = `it's "$(id)" \\ token`;
    const { command, hint } = connectNext({ ...asked, token: { shown: token } });
    const [, word = ''] = /AMBERWATCH_TOKEN=(.*) npm run/.exec(command) ?? [];
    expect(spawnSync('sh', ['-c', `printf %s ${word}`], { encoding: 'utf8' }).stdout).toBe(token);
    expect(hint).toBeUndefined();
    const stranger = connectNext({ ...asked, token: {} });
    expect(stranger.command).toContain("AMBERWATCH_TOKEN='<token>'");
    expect(stranger.hint).toContain("Put the server's token in");
  });
});
