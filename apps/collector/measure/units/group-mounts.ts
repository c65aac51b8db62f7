import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type GroupPaths, hierarchies, type Hierarchy, namesOf } from './group-paths.js';

interface Mount {
  /** Folder that it is seen at from here. */
  folder: string;
  /** How many steps its top lies above the root of our own control group namespace. */
  above: number;
  /** What of the hierarchy is mounted, below that: empty for all of it. */
  top: string;
}

/** Deepest group that is looked into when our own is searched for. */
const MAX_DEPTH = 12;

/**
 * Where the host's control groups are mounted. All paths are absolute in their hierarchy and, as all text here, one
 * character a byte.
 *
 * In a container with a control group namespace of its own the kernel gives paths relative to that namespace's root,
 * as `/../nginx.service` for a neighbour: which names the dots stand for is found once, by the group that holds this
 * process.
 */
export class GroupMounts {
  private readonly mounts = new Map<Hierarchy, Mount>();
  private own: string[] | undefined;

  /**
   * @param mountinfo text of /proc/self/mountinfo (proc_pid_mountinfo(5)), one character a byte
   * @param root where the host's file systems are seen from here; what is mounted there goes first
   */
  constructor(
    mountinfo: string,
    root: string,
    private readonly pid = process.pid,
  ) {
    const inside = root === '/' ? '/' : `${Buffer.from(root).toString('latin1').replace(/\/+$/, '')}/`;
    const found = mountinfo.split('\n').flatMap(mountOf);
    for (const preferred of [true, false]) {
      for (const { hierarchy, mount } of found) {
        if (mount.folder.startsWith(inside) === preferred && !this.mounts.has(hierarchy)) {
          this.mounts.set(hierarchy, mount);
        }
      }
    }
  }

  /** Whether anything can be read of any group. */
  get any(): boolean {
    return this.mounts.size > 0;
  }

  /** The paths as they stand in their hierarchies; those that can't be seen from here are left out. */
  resolve(paths: GroupPaths): GroupPaths {
    const resolved: GroupPaths = {};
    for (const hierarchy of hierarchies) {
      const path = paths[hierarchy];
      const absolute = path === undefined ? undefined : this.absolute(hierarchy, path);
      if (absolute !== undefined) resolved[hierarchy] = absolute;
    }
    return resolved;
  }

  /** Folder of a group; undefined where the hierarchy is not mounted. */
  folder(hierarchy: Hierarchy, path: string): string | undefined {
    const mount = this.mounts.get(hierarchy);
    return mount && `${mount.folder}${path === '/' ? '' : path}`;
  }

  private absolute(hierarchy: Hierarchy, path: string): string | undefined {
    const mount = this.mounts.get(hierarchy);
    // Where systemd's own hierarchy is not mounted, its names are as good.
    const { above, top } = mount ?? { above: 0, top: '' };
    if (!mount && hierarchy !== 'systemd') return undefined;
    const dots = /^(?:\/\.\.)*/.exec(path)?.[0] ?? '';
    const up = dots.length / 3;
    if (up > above) return undefined;
    const rest = namesOf(path.slice(dots.length));
    if (!rest) return undefined;
    const outer = above === up ? [] : this.ownNames(mount as Mount).slice(0, above - up);
    if (outer.length !== above - up) return undefined;
    const whole = `/${[...outer, ...rest].join('/')}`;
    if (!top) return whole;
    return whole === top ? '/' : whole.startsWith(`${top}/`) ? whole.slice(top.length) : undefined;
  }

  /** The names from the top of the mount down to the root of our namespace; none where they are not found. */
  private ownNames({ folder, above }: Mount): string[] {
    this.own ??= findGroup(folder, this.pid, [])?.slice(0, above) ?? [];
    return this.own;
  }
}

/** Fields of a line: id parent device root folder options optional… - type source options. */
function mountOf(line: string): { hierarchy: Hierarchy; mount: Mount }[] {
  const [before, after] = line.split(' - ');
  const fields = before?.split(' ') ?? [];
  const [type, , superOptions] = after?.split(' ') ?? [];
  const [root, folder] = [fields[3], fields[4]].map((field) => field && unescapeOctal(field));
  if (root === undefined || folder === undefined) return [];
  const dots = /^(?:\/\.\.)*/.exec(root)?.[0] ?? '';
  const top = root.slice(dots.length).replace(/\/+$/, '');
  const mount = { folder: folder.replace(/\/+$/, ''), above: dots.length / 3, top };
  if (type === 'cgroup2') return [{ hierarchy: 'unified', mount }];
  if (type !== 'cgroup' || !superOptions) return [];
  const options = superOptions.split(',').map((option) => (option === 'name=systemd' ? 'systemd' : option));
  return hierarchies.filter((one) => options.includes(one)).map((hierarchy) => ({ hierarchy, mount }));
}

function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function findGroup(folder: string, pid: number, names: string[]): string[] | undefined {
  const path = Buffer.from(folder, 'latin1');
  try {
    const members = readFileSync(Buffer.from(`${folder}/cgroup.procs`, 'latin1'), 'latin1');
    if (members.split('\n').includes(String(pid))) return names;
  } catch {
    // Not ours to read; ours may lie below.
  }
  if (names.length >= MAX_DEPTH || !existsSync(path)) return undefined;
  for (const entry of foldersIn(path)) {
    const found = findGroup(`${folder}/${entry}`, pid, [...names, entry]);
    if (found) return found;
  }
  return undefined;
}

function foldersIn(path: Buffer): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true, encoding: 'buffer' });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name.toString('latin1'));
  } catch {
    return [];
  }
}
