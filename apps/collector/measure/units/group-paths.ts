/** Hierarchies of control groups that say something of a unit; `unified` is version 2, `systemd` only says where a process stands. */
export const hierarchies = ['memory', 'unified', 'systemd', 'cpu', 'cpuacct', 'pids'] as const;
export type Hierarchy = (typeof hierarchies)[number];

/**
 * Where a process stands in each hierarchy. A path's characters are its bytes (latin1), because a control group may
 * have any name.
 */
export type GroupPaths = Partial<Record<Hierarchy, string>>;

const named: Record<string, Hierarchy> = {
  memory: 'memory',
  cpu: 'cpu',
  cpuacct: 'cpuacct',
  pids: 'pids',
  'name=systemd': 'systemd',
};
/** The kernel adds it to the path of a group that was removed while the process, by then a zombie, was in it. */
const DELETED = ' (deleted)';

/** Lines `id:controllers:path` of `/proc/<pid>/cgroup` (cgroups(7)); what is no such line is left out. */
export function parseGroups(text: string): GroupPaths {
  const paths: GroupPaths = {};
  for (const line of text.split('\n')) {
    const first = line.indexOf(':');
    const second = line.indexOf(':', first + 1);
    if (first < 0 || second < 0) continue;
    const path = line.slice(second + 1);
    if (!path.startsWith('/') || path.endsWith(DELETED)) continue;
    const controllers = line.slice(first + 1, second);
    if (controllers === '') paths.unified = path;
    for (const controller of controllers.split(',')) {
      const hierarchy = named[controller];
      if (hierarchy) paths[hierarchy] = path;
    }
  }
  return paths;
}

/** Names from the top down; undefined where the path could lead out of the tree. */
export function namesOf(path: string): string[] | undefined {
  const names = path.split('/').filter((name) => name !== '');
  return names.some((name) => name === '..' || name === '.' || name.includes('\0')) ? undefined : names;
}

/** Whether a group is the other one or lies in it. */
export function isWithin(path: string | undefined, outer: string): boolean {
  return path !== undefined && path.startsWith(outer) && (path.length === outer.length || path[outer.length] === '/');
}
