import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { StartError } from '#runtime/service';
import { makeFolder } from '#runtime/make-folder';

const ANSWER_LIMIT_MS = 2_000;
/** The kernel takes no longer path for a socket. */
const MAX_SOCKET_PATH = 103;
/** Each time that a claim fails, another process has made one; one of them goes on. */
const MAX_TRIES = 100;

/**
 * Holds a spool for one process. A socket in the folder is alive exactly as long as the process that listens on it,
 * also where it was killed, and is seen from other containers that share the volume, which a pid is not.
 *
 * The socket lies in a folder of its own that is renamed to `owner`. That happens at once or not at all, and only where
 * there is no such folder or an empty one (rename(2)), so that of several that start together one wins. What a killed
 * process has left there is removed under its own name, which no other socket ever has.
 */
export class SpoolOwner {
  private server: Server | undefined;
  private readonly owner: string;
  private readonly name = randomBytes(4).toString('hex');

  constructor(private readonly folder: string) {
    this.owner = join(folder, 'owner');
  }

  /**
   * @param me what others are told who come too late, such as `process 12 on web-1`
   * @returns false where the volume takes no socket, so that nothing keeps a second collector away
   * @throws StartError naming the process that has the spool
   */
  async claim(me: string): Promise<boolean> {
    const own = join(this.folder, `claim-${this.name}`);
    const path = socketPath(join(own, this.name));
    if (path === undefined) return false;
    try {
      makeFolder(this.folder);
      if (process.platform !== 'win32') mkdirSync(own, { mode: 0o700 });
      this.server = await listen(path, me);
    } catch (error) {
      rmSync(own, { recursive: true, force: true });
      return this.refuseWhereTaken(error, path);
    }
    if (process.platform === 'win32') return true;
    try {
      await this.takeOver(own);
      return true;
    } catch (error) {
      await this.release();
      rmSync(own, { recursive: true, force: true });
      if (error instanceof StartError) throw error;
      return false;
    }
  }

  async release(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    rmSync(join(this.owner, this.name), { force: true });
    await new Promise((resolve) => server.close(resolve));
    tryTo(() => rmdirSync(this.owner));
  }

  private async takeOver(own: string): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      try {
        renameSync(own, this.owner);
        return;
      } catch (error) {
        if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) throw error;
      }
      await this.clear();
    }
    throw this.taken('other processes that start all the time');
  }

  /** @throws StartError where the owner is alive */
  private async clear(): Promise<void> {
    for (const name of namesIn(this.owner)) {
      const path = socketPath(join(this.owner, name));
      const other = path === undefined ? undefined : await ask(path);
      if (other !== undefined) throw this.taken(other);
      rmSync(join(this.owner, name), { recursive: true, force: true });
    }
  }

  /** A pipe of Windows is taken where another process listens on it; all else is a volume without sockets. */
  private async refuseWhereTaken(error: unknown, path: string): Promise<false> {
    if (codeOf(error) === 'EADDRINUSE') throw this.taken((await ask(path)) ?? 'another process');
    return false;
  }

  private taken(other: string): StartError {
    return new StartError(
      `The spool ${this.folder} is in use by ${other}. Stop it, or choose another folder by AMBERWATCH_DATA.`,
    );
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // Its owner has just ended.
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function tryTo(action: () => void): void {
  try {
    action();
  } catch {
    // The next owner takes its place.
  }
}

/** A path that the kernel takes; on Windows a pipe that all collectors of a folder share. */
function socketPath(path: string): string | undefined {
  if (process.platform === 'win32') {
    return `\\\\.\\pipe\\amberwatch-${join(path, '..', '..').replace(/\W/g, '-')}`;
  }
  const near = relative(process.cwd(), path);
  return [path, near].find((one) => Buffer.byteLength(one) <= MAX_SOCKET_PATH);
}

/** Who listens there; undefined where nobody does. */
function ask(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let answer = '';
    let reached = false;
    const timer = setTimeout(done, ANSWER_LIMIT_MS);
    function done() {
      clearTimeout(timer);
      socket.destroy();
      resolve(reached ? answer || 'another process' : undefined);
    }
    socket.setEncoding('utf8');
    socket.on('connect', () => (reached = true));
    socket.on('data', (text: string) => (answer += text));
    socket.once('end', done);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // Only these say that nobody listens; whoever may not be asked is alive.
      reached ||= !['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(codeOf(error));
      done();
    });
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
      // The process lives by the collector's own work, not by this socket.
      server.unref();
      resolve(server);
    });
  });
}
