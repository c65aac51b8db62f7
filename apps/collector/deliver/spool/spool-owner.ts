import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { StartError } from '#runtime/service';
import { makeFolder } from './make-folder.js';

const ANSWER_LIMIT_MS = 2_000;
/** The kernel takes no longer path for a socket. */
const MAX_SOCKET_PATH = 103;

/**
 * Holds a spool for one process. A socket in the folder is alive exactly as long as the process that listens on it,
 * also where it was killed, and is seen from other containers that share the volume, which a pid is not.
 */
export class SpoolOwner {
  private server: Server | undefined;

  constructor(private readonly folder: string) {}

  /**
   * @param me what others are told who come too late, such as `process 12 on web-1`
   * @returns false where the volume takes no socket, so that nothing keeps a second collector away
   * @throws StartError naming the process that has the spool
   */
  async claim(me: string): Promise<boolean> {
    const path = socketPath(this.folder);
    // The spool itself says what is wrong with the folder.
    tryTo(() => makeFolder(this.folder));
    if (path === undefined) return false;
    const other = await ask(path);
    if (other !== undefined) {
      throw new StartError(
        `The spool ${this.folder} is in use by ${other}. Stop it, or choose another folder by AMBERWATCH_DATA.`,
      );
    }
    tryTo(() => rmSync(path, { force: true }));
    this.server = await listen(path, me).catch(() => undefined);
    return this.server !== undefined;
  }

  async release(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server) await new Promise((resolve) => server.close(resolve));
  }
}

function tryTo(action: () => void): void {
  try {
    action();
  } catch {
    // The caller goes on without it.
  }
}

function socketPath(folder: string): string | undefined {
  if (process.platform === 'win32') return `\\\\.\\pipe\\amberwatch-${folder.replace(/\W/g, '-')}`;
  const path = join(folder, 'owner.sock');
  const near = relative(process.cwd(), path);
  return [path, near].find((one) => Buffer.byteLength(one) <= MAX_SOCKET_PATH);
}

/** Who listens there; undefined where nobody does. */
function ask(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let answer = '';
    const timer = setTimeout(done, ANSWER_LIMIT_MS);
    let reached = false;
    function done() {
      clearTimeout(timer);
      socket.destroy();
      resolve(reached ? answer || 'another process' : undefined);
    }
    socket.setEncoding('utf8');
    socket.on('connect', () => (reached = true));
    socket.on('data', (text: string) => (answer += text));
    socket.once('end', done);
    socket.once('error', done);
  });
}

function listen(path: string, me: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(me);
    });
    server.once('error', reject);
    server.listen(path, () => {
      // The spool's owner is held by the collector's own work, not by this socket.
      server.unref();
      resolve(server);
    });
  });
}
