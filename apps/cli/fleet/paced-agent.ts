import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';

/** Time between two new connections, in milliseconds. */
const APART_MS = 2;

/** Runs one piece of work after another, with a pause in between. */
class Pace {
  private readonly waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;

  run(work: () => void): void {
    this.waiting.push(work);
    this.timer ??= this.next();
  }

  private next(): NodeJS.Timeout | undefined {
    const work = this.waiting.shift();
    if (!work) return undefined;
    work();
    // One timer at a time: several would all fire at once after the process was blocked.
    return setTimeout(() => (this.timer = this.next()), APART_MS);
  }
}

/**
 * Agents for http and https that keep connections alive and open new ones one after the other: a server that accepts
 * connections slowly drops some of a burst.
 */
export function pacedAgents(maxSockets: number): { http: Agent; https: SecureAgent } {
  const options = { keepAlive: true, maxSockets, maxTotalSockets: 2 * maxSockets };
  return { http: paced(new Agent(options)), https: paced(new SecureAgent(options)) };
}

function paced<One extends Agent>(agent: One): One {
  const pace = new Pace();
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    pace.run(() => {
      const socket = connect(options, done);
      if (socket) done?.(null, socket);
    });
    return undefined;
  };
  return agent;
}
