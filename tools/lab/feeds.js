import { spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';

/** Jobs as lines `<plain> <leaky>` on standard input, one a second. */
export function stdinFeed(child) {
  return { send: ({ plain, leaky }) => child.stdin.write(`${plain} ${leaky}\n`), close() {} };
}

/** One request a job: `pathOf(leaky)` says of what. */
export function httpFeed(target, pathOf) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const ask = (path, method = 'GET', headers = {}, body) =>
    new Promise((resolve) => {
      const sent = request({ ...target, agent, path, method, headers, timeout: 10_000 }, (response) => {
        let text = '';
        response
          .on('data', (chunk) => (text += chunk))
          .on('close', () => resolve({ status: response.statusCode, text }));
      });
      // The program is being started or has just been killed.
      sent.on('error', () => resolve({ status: 0, text: '' })).on('timeout', () => sent.destroy());
      sent.end(body);
    });
  return {
    ask,
    send({ plain, leaky }) {
      for (let i = 0; i < plain; i++) void ask(pathOf(false));
      for (let i = 0; i < leaky; i++) void ask(pathOf(true));
    },
    close: () => agent.destroy(),
  };
}

/** Values into Redis: plain jobs write one key again and again, leaky ones new keys. */
export function redisFeed(socketPath, { leakBytes, random }) {
  let socket;
  let key = 0;
  const open = () => {
    socket = connect(socketPath);
    socket.on('error', () => undefined).resume();
  };
  const set = (name, bytes) =>
    socket.write(`*3\r\n$3\r\nSET\r\n$${name.length}\r\n${name}\r\n$${bytes}\r\n${'x'.repeat(bytes)}\r\n`);
  return {
    send({ plain, leaky }) {
      if (!socket || socket.destroyed) open();
      for (let i = 0; i < plain; i++) set('counter', 2_000);
      for (let i = 0; i < leaky; i++) set(`session:${key++}`, Math.round(leakBytes * (0.5 + random())));
    },
    close: () => socket?.destroy(),
  };
}

/**
 * A session with PostgreSQL: plain jobs sort in work_mem and change a table, leaky ones prepare statements, which the
 * session's backend keeps until it ends; with a bound, the oldest ones are let go again.
 */
export function postgresFeed(socketFolder, { leakBytes, boundBytes, random }) {
  // A constant of an IN list takes about that much in the parsed query that the backend keeps.
  const constants = Math.max(1, Math.round(leakBytes / 204));
  const most = Math.round(boundBytes / leakBytes);
  let psql;
  let number = 0;
  const open = () => {
    psql = spawn('psql', ['-qAt', '-h', socketFolder, '-U', 'postgres', 'postgres'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    psql.stdin.on('error', () => undefined);
    psql.on('error', () => undefined);
    psql.stdin.write('CREATE TABLE IF NOT EXISTS t (id serial, x text);\n');
  };
  return {
    send({ plain, leaky }) {
      if (!psql || psql.exitCode !== null) open();
      if (plain > 0)
        psql.stdin.write(`INSERT INTO t (x) SELECT md5(g::text) FROM generate_series(1, ${plain * 20}) g;\n`);
      if (plain > 8)
        psql.stdin.write('SELECT count(*) FROM (SELECT md5(g::text) FROM generate_series(1, 20000) g ORDER BY 1) s;\n');
      for (let i = 0; i < leaky; i++) {
        const list = Array.from({ length: constants * (0.5 + random()) }, () => `'${Math.floor(random() * 1e9)}'`);
        psql.stdin.write(`PREPARE p${++number} AS SELECT id FROM t WHERE x IN (${list.join(',')});\n`);
        if (most > 0 && number > most) psql.stdin.write(`DEALLOCATE p${number - most};\n`);
      }
    },
    close: () => psql?.kill(),
  };
}

/** What a new series takes in the index and the cache of InfluxDB, about. */
const SERIES_BYTES = 1_700;

/** Points into InfluxDB: plain jobs into one series, leaky ones into new series each; with a bound, into so many in turn. */
export function influxFeed(target, { leakBytes, boundBytes, random }) {
  const http = httpFeed(target, () => '');
  const most = Math.round(boundBytes / SERIES_BYTES);
  let token;
  let series = 0;
  const setup = async () => {
    const body = JSON.stringify({ username: 'lab', password: 'lab-password', org: 'lab', bucket: 'lab' });
    const { status, text } = await http.ask('/api/v2/setup', 'POST', { 'content-type': 'application/json' }, body);
    if (status === 201) token = JSON.parse(text).auth.token;
  };
  return {
    send({ plain, leaky }) {
      if (token === undefined) return void setup();
      const lines = [];
      for (let i = 0; i < plain; i++) lines.push(`load,host=a value=${random()}`);
      for (let i = 0; i < (leaky * leakBytes) / SERIES_BYTES; i++) {
        const id = most > 0 ? series++ % most : series++;
        lines.push(`load,host=h${id},path=/var/lib/${id} value=${random()}`);
      }
      const headers = { authorization: `Token ${token}`, 'content-type': 'text/plain' };
      void http.ask('/api/v2/write?org=lab&bucket=lab', 'POST', headers, lines.join('\n'));
    },
    close: () => http.close(),
  };
}
