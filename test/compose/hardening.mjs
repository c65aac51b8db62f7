// What compose's services may do at most: judged by the file as compose reads it, and by the containers that run.
import { parse } from 'yaml';

/** InfluxDB's entrypoint begins as root to hand the volumes to its own user. */
const ofInflux = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'];
/** The same as the kernel's bits: capabilities 0, 1, 3, 6 and 7. */
const bitsOf = (service) => (service === 'influxdb' ? 0xcb : 0);

/** What is wrong in the text of `docker compose config`. */
export function hardeningProblems(text) {
  const { services } = parse(text);
  return Object.entries(services).flatMap(([name, service]) => {
    const isOurs = name !== 'influxdb';
    const rules = {
      'drops all capabilities': String(service.cap_drop) === 'ALL',
      'adds no capability': String(service.cap_add ?? []) === String(isOurs ? [] : ofInflux),
      'gains no privileges': service.security_opt?.includes('no-new-privileges:true'),
      'is not privileged': !service.privileged,
      'writes to its volumes alone': !isOurs || service.read_only === true,
      'has a limit of memory': Boolean(service.mem_limit ?? service.deploy?.resources?.limits?.memory),
      'has a limit of processes': Number(service.pids_limit ?? service.deploy?.resources?.limits?.pids) > 0,
      'has a limit of cores': Number(service.cpus ?? service.deploy?.resources?.limits?.cpus) > 0,
      'sees its own processes': (service.pid === 'host') === (name === 'collector'),
      "is not in the host's network": service.network_mode !== 'host' && service.ipc !== 'host',
      'reaches no engine': !JSON.stringify(service.volumes ?? []).includes('.sock'),
      "reads the host's files and does not write them": hostFiles(service).every(({ isReadOnly }) => isReadOnly),
      'gets files of the host only as the collector': hostFiles(service).length === 0 || name === 'collector',
      'is published on loopback alone': (service.ports ?? []).every((port) => isLocal(port)),
      'holds no secret in its environment': Object.entries(service.environment ?? {}).every(
        ([key, value]) => name === 'secrets' || !/TOKEN$|PASSWORD$/.test(key) || !value,
      ),
    };
    return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [`${name}: not "${rule}"`]));
  });
}

/** Folders and files of the host among the volumes, in the short form or the long one. */
function hostFiles({ volumes = [] }) {
  return volumes.flatMap((volume) => {
    if (typeof volume !== 'string') return volume.type === 'bind' ? [{ isReadOnly: volume.read_only === true }] : [];
    return volume.startsWith('/') ? [{ isReadOnly: volume.endsWith(':ro') }] : [];
  });
}

const isLocal = (port) => (typeof port === 'string' ? port.startsWith('127.0.0.1:') : port.host_ip === '127.0.0.1');

/** Told by a container from inside, one fact a line. */
export const insideScript = [
  'grep -E "^(Uid|CapBnd|NoNewPrivs)" /proc/self/status',
  '(echo x >/usr/x) 2>/dev/null && echo "Writes: /usr"',
  'cat /proc/[0-9]*/comm 2>/dev/null | sed "s/^/Comm: /"',
  'true',
].join('; ');

/** What is wrong with a container that runs. */
export function insideProblems(service, { inspected, inside, process }) {
  const facts = inside.split('\n').map((line) => line.split(/:\s+/));
  const all = (name) => facts.filter(([key]) => key === name).map(([, value]) => value);
  const { HostConfig: host } = inspected;
  const isOurs = service !== 'influxdb';
  const rules = {
    'is told from inside': all('Comm').length > 0,
    'runs as another than root': !isOurs || all('Uid')[0]?.startsWith('1000') === true,
    'has no capability more than it needs': Number.parseInt(all('CapBnd')[0], 16) === bitsOf(service),
    'gains no privileges': all('NoNewPrivs')[0] === '1',
    'writes to its volumes alone': !isOurs || (host.ReadonlyRootfs === true && all('Writes').length === 0),
    'has a limit of memory': host.Memory > 0,
    'has a limit of processes': host.PidsLimit > 0 && host.PidsLimit <= 512,
    'has a limit of cores': host.NanoCpus > 0 || host.CpuQuota > 0,
    'is not privileged': host.Privileged === false,
    "sees the host's processes only as the collector": all('Comm').includes(process) === (service === 'collector'),
  };
  return Object.entries(rules).flatMap(([rule, holds]) => (holds ? [] : [`${service}: not "${rule}"`]));
}
