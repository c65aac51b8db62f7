import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Larger files are none that a runtime writes. */
const MAX_FILE_BYTES = 16 * 1024 ** 2;
const SHORT_ID = 12;

const dockerConfig = z.object({ Name: z.string() });
const bundle = z.object({ annotations: z.record(z.string(), z.unknown()) });
const podmanList = z.array(z.object({ id: z.string(), names: z.array(z.string()).nullish() }));

/** Folders of containerd's bundles, by what may run it, and its namespaces that have names. */
const BUNDLES = ['run/containerd', 'run/k3s/containerd'].flatMap((state) =>
  ['k8s.io', 'default'].map((namespace) => `${state}/io.containerd.runtime.v2.task/${namespace}`),
);
const STORAGE = ['overlay', 'vfs', 'btrfs', 'zfs'].map((driver) => `var/lib/containers/storage/${driver}-containers`);
/** pod_namespace_container-ID.log, as the kubelet links them; none of the three names holds an underscore. */
const POD_LOG = /^([^_]+)_([^_]+)_(.+)-([0-9a-f]{64})\.log$/;
/** namespace_pod_uid */
const POD_FOLDER = /^([^_]+)_([^_]+)_([0-9a-f-]{32,36})$/;
/** Names that Kubernetes gives to containers of Docker and CRI-O: k8s_container_pod_namespace_uid_attempt. */
const K8S_NAME = /^k8s_([^_]+)_([^_]+)_([^_]+)_/;
const SANDBOX = 'POD';

/**
 * Names of containers and pods from the files that runtimes keep on the disk of the host: no socket is asked. What may
 * not be read, is damaged or of another shape names nothing.
 */
export class ContainerNames {
  private storage = new Map<string, { changedMs: number; names: Map<string, string> }>();

  /** @param root where the host's file systems are seen from here */
  constructor(private readonly root: string) {}

  /** Name of a container, as namespace/pod/container where it belongs to a pod. */
  container(id: string): string | undefined {
    return this.ofDocker(id) ?? this.ofContainerd(id) ?? this.ofPodman(id) ?? this.ofLogs(id);
  }

  /** namespace/pod. */
  pod(uid: string): string | undefined {
    const wanted = uid.replaceAll('-', '');
    for (const folder of this.list('var/log/pods')) {
      const [, namespace, pod, found] = POD_FOLDER.exec(folder) ?? [];
      if (found?.replaceAll('-', '') === wanted) return `${namespace}/${pod}`;
    }
    return undefined;
  }

  private ofDocker(id: string): string | undefined {
    const config = dockerConfig.safeParse(this.json(`var/lib/docker/containers/${id}/config.v2.json`));
    return config.success ? readable(config.data.Name.replace(/^\//, '')) : undefined;
  }

  private ofContainerd(id: string): string | undefined {
    for (const folder of BUNDLES) {
      const read = bundle.safeParse(this.json(`${folder}/${id}/config.json`));
      if (!read.success) continue;
      const { annotations } = read.data;
      const text = (key: string) => {
        const value = annotations[key];
        return typeof value === 'string' && value ? value : undefined;
      };
      const pod = text('io.kubernetes.cri.sandbox-name');
      if (!pod) return text('nerdctl/name');
      const namespace = text('io.kubernetes.cri.sandbox-namespace') ?? 'default';
      return `${namespace}/${pod}/${text('io.kubernetes.cri.container-name') ?? SANDBOX}`;
    }
    return undefined;
  }

  /** Podman and CRI-O keep one list, which is read again when it has changed. */
  private ofPodman(id: string): string | undefined {
    for (const folder of STORAGE) {
      const path = `${folder}/containers.json`;
      const changedMs = this.changedMs(path);
      if (changedMs === undefined) continue;
      let known = this.storage.get(path);
      if (known?.changedMs !== changedMs) {
        known = { changedMs, names: namesIn(this.json(path)) };
        this.storage.set(path, known);
      }
      const name = known.names.get(id);
      if (name) return readable(name);
    }
    return undefined;
  }

  private ofLogs(id: string): string | undefined {
    for (const file of this.list('var/log/containers')) {
      const [, pod, namespace, container, found] = POD_LOG.exec(file) ?? [];
      if (found === id) return `${namespace}/${pod}/${container}`;
    }
    return undefined;
  }

  private list(folder: string): string[] {
    try {
      return readdirSync(join(this.root, folder));
    } catch {
      return [];
    }
  }

  private changedMs(path: string): number | undefined {
    return statSync(join(this.root, path), { throwIfNoEntry: false })?.mtimeMs;
  }

  private json(path: string): unknown {
    try {
      const whole = join(this.root, path);
      const facts = statSync(whole, { throwIfNoEntry: false });
      if (!facts?.isFile() || facts.size > MAX_FILE_BYTES) return undefined;
      return JSON.parse(readFileSync(whole, 'utf8'));
    } catch {
      return undefined;
    }
  }
}

/** What container tools show of an id. */
export function shortId(id: string): string {
  return id.slice(0, SHORT_ID);
}

function namesIn(list: unknown): Map<string, string> {
  const read = podmanList.safeParse(list);
  return new Map(read.success ? read.data.flatMap(({ id, names }) => (names?.[0] ? [[id, names[0]]] : [])) : []);
}

function readable(name: string): string | undefined {
  const [, container, pod, namespace] = K8S_NAME.exec(name) ?? [];
  return container === undefined ? name || undefined : `${namespace}/${pod}/${container}`;
}
