import type { UnitKind } from '#domain/unit';
import { namesOf } from './group-paths.js';

/** What a group's path says of the unit that it is. */
export interface UnitIdentity {
  kind: UnitKind;
  /** Id of the innermost container that it is or lies in. */
  container?: string;
  /** A container without an id has its name in the path. */
  containerName?: string;
  /** Uid of the pod that it is, with hyphens. */
  pod?: string;
  /** Name below the container or the outer unit; empty for the container itself. */
  name: string;
}

/** Endings of systemd's units that hold processes of their own; a slice holds other units. */
const UNIT = /\.(?:service|scope|mount|socket|swap)$/;
/** docker-ID.scope, cri-containerd-ID.scope, crio-ID, libpod-ID.scope, nerdctl-ID.scope, x.slice:cri-containerd:ID and ID alone. */
const CONTAINER = /^(?:.*[-:])?([0-9a-f]{64})(?:\.scope)?$/;
/** Task and container of Amazon's ECS. */
const TASK_CONTAINER = /^([0-9a-f]{32}-\d{1,10})$/;
/** Watches a container from outside, under the container's own id. */
const MONITOR = /conmon/;
const POD =
  /^(?:kubepods-)?(?:burstable-|besteffort-)?pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
const LXC = /^lxc\.payload\.(.+)$/;
const LXC_FOLDERS = new Set(['lxc', 'lxc.payload']);
const NSPAWN = /^systemd-nspawn@(.+)\.service$/;

/**
 * The group that processes of this one are accounted to where nothing in between has a limit of its own: the innermost
 * container, else the innermost unit of systemd, else the group itself.
 */
export function boundaryOf(path: string): string {
  const names = namesOf(path) ?? [];
  const container = lastIndex(names, isContainer);
  const end = container >= 0 ? container : lastIndex(names, (all, at) => UNIT.test(all[at] as string));
  return end < 0 ? path : `/${names.slice(0, end + 1).join('/')}`;
}

/** Path, kind and name of the unit that a group is. */
export function identify(path: string): UnitIdentity {
  const names = namesOf(path) ?? [];
  const last = names.length - 1;
  const lastName = names[last] ?? '';
  const container = lastIndex(names, isContainer);
  const pod = POD.exec(lastName)?.[1]?.replaceAll('_', '-');
  if (container >= 0) {
    const inside = names.slice(container + 1);
    return {
      kind: inside.length === 0 ? 'container' : kindOf(lastName),
      ...containerAt(names, container),
      name: inside.length === 0 ? '' : nameOf(inside),
    };
  }
  if (pod) return { kind: 'pod', pod, name: `pod${pod}` };
  const anchor = names.findIndex((name) => UNIT.test(name));
  const outer = anchor >= 0 && anchor < last ? `${unescapeName(names[anchor] as string)}/` : '';
  return { kind: kindOf(lastName), name: outer + nameOf(names.slice(anchor < last ? anchor + 1 : anchor)) };
}

function lastIndex(names: string[], holds: (names: string[], at: number) => boolean): number {
  for (let at = names.length - 1; at >= 0; at--) if (holds(names, at)) return at;
  return -1;
}

function isContainer(names: string[], at: number): boolean {
  const { container, containerName } = containerAt(names, at);
  return container !== undefined || containerName !== undefined;
}

function containerAt(names: string[], at: number): Pick<UnitIdentity, 'container' | 'containerName'> {
  const name = names[at] as string;
  const id = MONITOR.test(name) ? undefined : (CONTAINER.exec(name)?.[1] ?? TASK_CONTAINER.exec(name)?.[1]);
  if (id !== undefined) return { container: id };
  const called =
    LXC.exec(name)?.[1] ??
    NSPAWN.exec(name)?.[1] ??
    (at > 0 && LXC_FOLDERS.has(names[at - 1] as string) ? name : undefined);
  return called === undefined ? {} : { containerName: called };
}

/** A unit of systemd goes by its own name, wherever its slice is; any other group by all of its path. */
function nameOf(names: string[]): string {
  const last = names.at(-1) ?? '';
  return kindOf(last) === 'cgroup' ? names.join('/') : unescapeName(last);
}

function kindOf(name: string): UnitKind {
  if (name.endsWith('.slice')) return 'slice';
  if (name.endsWith('.scope')) return 'scope';
  return UNIT.test(name) ? 'service' : 'cgroup';
}

/** systemd puts an underscore before a name that the kernel could take for one of its own files. */
function unescapeName(name: string): string {
  return name.startsWith('_') ? name.slice(1) : name;
}
