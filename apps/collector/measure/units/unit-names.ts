import { createHash } from 'node:crypto';
import { textOf } from '../programs/program-name.js';
import { ContainerNames, shortId } from './container-names.js';
import type { UnitIdentity } from './unit-identity.js';

const MAX_CHARACTERS = 255;
const MARK_CHARACTERS = 8;

/** Gives each unit a name that no other unit of the host has at the same time. */
export class UnitNames {
  private readonly taken = new Set<string>();

  constructor(private readonly containers: ContainerNames) {}

  /** @param path of the group; what is told apart by it alone gets a mark of it */
  take(identity: UnitIdentity, path: string): string {
    const name = bounded(this.spoken(identity) || path.slice(1));
    const free = this.taken.has(name) || name === '' ? marked(name, path) : name;
    this.taken.add(free);
    return free;
  }

  release(name: string): void {
    this.taken.delete(name);
  }

  private spoken({ container, containerName, pod, name }: UnitIdentity): string {
    if (pod) return this.containers.pod(pod) ?? name;
    if (container === undefined && containerName === undefined) return decoded(name);
    const outer =
      containerName === undefined
        ? (this.containers.container(container as string) ?? shortId(container as string))
        : decoded(containerName);
    return name === '' ? outer : `${outer}/${decoded(name)}`;
  }
}

function decoded(bytes: string): string {
  return textOf(Buffer.from(bytes, 'latin1'));
}

/** Names from files may hold anything; what is too long keeps its beginning. */
function bounded(text: string): string {
  const characters = Array.from(text.toWellFormed());
  return characters.length <= MAX_CHARACTERS ? characters.join('') : marked(text, text);
}

function marked(name: string, path: string): string {
  const mark = createHash('sha256').update(path).digest('hex').slice(0, MARK_CHARACTERS);
  const kept = Array.from(name.toWellFormed()).slice(0, MAX_CHARACTERS - MARK_CHARACTERS - 1);
  return `${kept.join('')}~${mark}`;
}
