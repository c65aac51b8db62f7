import { isoToMicros, type SampleBatch } from '#domain';
import { type Board, isStale, STALE_TICKS } from './engine-state.js';
import { judge, judgeMemory, type Judgement } from './level.js';
import { breachIsAhead } from './forecast-judgement.js';
import { culpritsOf, programBlame } from './blame.js';
import {
  type Blame,
  findTrack,
  type HostTrack,
  isOpen,
  type Track,
  tracksOf,
  type Turn,
} from './incident-transition.js';

interface Tick {
  timeMs: number;
  nowMs: number;
}

/** Judges one tick of one host. */
export function takeBatch(board: Board, batch: SampleBatch, nowMs: number): void {
  const host = board.hostOf(batch.host, batch.service ?? null);
  const tick = { timeMs: isoToMicros(batch.time) / 1000, nowMs };
  hear(board, host, batch, tick);
  if (isStale(host, tick.timeMs, nowMs)) return;
  judgeHost(board, host, batch, tick);
  judgePrograms(board, host, batch, tick);
  endAbsent(board, host, tick);
}

/** Any batch shows that the host is alive, however old its samples are. */
function hear(board: Board, host: HostTrack, batch: SampleBatch, { timeMs, nowMs }: Tick): void {
  if (batch.intervalMs !== undefined) host.intervalMs = batch.intervalMs;
  host.heardMs = nowMs;
  host.paused = false;
  if (timeMs > host.lastTimeMs) host.lastTimeMs = timeMs;
  const silence = findTrack(host, null, 'data');
  if (silence && isOpen(silence) && board.mayCalm(silence, nowMs)) {
    board.turn(silence, { color: 'GREEN', reason: 'data-again', value: null, timeMs: nowMs });
  }
}

function judgeHost(board: Board, host: HostTrack, batch: SampleBatch, tick: Tick): void {
  const { hostUsage } = batch;
  if (!hostUsage) return;
  host.mem = hostUsage.mem;
  host.memTimeMs = tick.timeMs;
  observeOwn(board, host, 'cpu', undefined, hostUsage.cpu, tick, batch);
  observeOwn(board, host, 'mem', undefined, hostUsage.mem, tick, batch);
  for (const disk of hostUsage.disks ?? []) observeOwn(board, host, 'disk', disk.path, disk.usedPercent, tick, batch);
}

function observeOwn(
  board: Board,
  host: HostTrack,
  metric: 'cpu' | 'mem' | 'disk',
  device: string | undefined,
  value: number | null,
  tick: Tick,
  batch: SampleBatch,
): void {
  const levels = host.levels.own(metric, device);
  if (value === null || !levels) return;
  observe(board, host, { process: null, metric, device, levels }, judge(value, levels), tick, () => ({
    ...(metric !== 'disk' && { culprits: culpritsOf(batch, metric) }),
  }));
}

/** A quiet program costs a comparison for each metric, and one look-up where its host has incidents at all. */
function judgePrograms(board: Board, host: HostTrack, batch: SampleBatch, tick: Tick): void {
  const { names, count, cpu, cpuMax, mem, memMax } = batch;
  const { lowestCpu, lowestMem } = host.levels;
  const hostMem = tick.timeMs - host.memTimeMs <= STALE_TICKS * host.intervalMs ? host.mem : null;
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? '';
    const known = host.programs.size > 0 ? host.programs.get(name) : undefined;
    // Where the sender gives no largest process, the mean is the most that is certain.
    const cpuValue = cpuMax?.[i] ?? (cpu?.[i] ?? Number.NaN) / (count[i] ?? 1);
    if (cpuValue > lowestCpu || (known?.cpu && !Number.isNaN(cpuValue))) {
      const levels = host.levels.process(name, 'cpu');
      if (levels)
        observe(board, host, { process: name, metric: 'cpu', levels }, judge(cpuValue, levels), tick, () =>
          programBlame(count[i], cpuValue),
        );
    }
    const memSum = mem?.[i] ?? null;
    const memValue = memMax?.[i] ?? (memSum ?? Number.NaN) / (count[i] ?? 1);
    if (memValue > lowestMem || (memSum !== null && memSum > lowestMem) || (known?.mem && !Number.isNaN(memValue))) {
      const levels = host.levels.process(name, 'mem');
      const judgement = levels && judgeMemory(memValue, memSum, hostMem, levels);
      if (levels && judgement)
        observe(board, host, { process: name, metric: 'mem', levels }, judgement, tick, () =>
          programBlame(count[i], memValue),
        );
    }
  }
}

function observe(
  board: Board,
  host: HostTrack,
  series: Pick<Track, 'process' | 'metric' | 'device' | 'levels'>,
  judgement: Judgement,
  tick: Tick,
  blame: () => Blame,
): void {
  const track = findTrack(host, series.process, series.metric, series.device);
  const { value, reason } = judgement;
  if (!track) {
    if (judgement.level !== 'over') return;
    const { timeMs } = tick;
    const turn: Turn = { color: 'RED', reason, value, timeMs, blame: blame() };
    board.begin(host, { ...series, lastTimeMs: timeMs, forecast: null }, turn);
    return;
  }
  if (tick.timeMs <= track.lastTimeMs) return;
  track.lastTimeMs = tick.timeMs;
  const turn = afterSample(board, track, judgement, tick);
  if (turn) board.turn(track, turn.color === 'RED' ? { ...turn, blame: blame() } : turn);
}

/** The one decision on a sample of a series that has an incident: which colour it turns to, if any. */
function afterSample(
  board: Board,
  track: Track,
  { level, reason, value }: Judgement,
  { timeMs, nowMs }: Tick,
): Turn | undefined {
  if (level !== 'below') {
    track.below = 0;
    track.calmSinceMs = null;
  }
  if (track.incident.color !== 'RED') return level === 'over' ? { color: 'RED', reason, value, timeMs } : undefined;
  if (level !== 'below') return undefined;
  track.below += 1;
  if (!board.mayCalm(track, timeMs) || track.below < track.levels.clearTicks) return undefined;
  if (track.forecast && breachIsAhead(track.forecast, track.levels, nowMs)) {
    return { color: 'AMBER', reason: 'breach-predicted', value, timeMs };
  }
  return { color: 'GREEN', reason, value, timeMs };
}

/** Ends what the host no longer reports: after the ticks of the rule, with half a tick of tolerance for an uneven beat. */
function endAbsent(board: Board, host: HostTrack, { timeMs }: Tick): void {
  for (const track of tracksOf(host)) {
    if (!isOpen(track) || track.metric === 'data') continue;
    if (track.lastTimeMs === 0) track.lastTimeMs = timeMs;
    if (timeMs - track.lastTimeMs < (track.levels.clearTicks - 0.5) * host.intervalMs) continue;
    if (!board.mayCalm(track, timeMs)) continue;
    track.forecast = null;
    board.turn(track, { color: 'GREEN', reason: 'ended', value: null, timeMs });
  }
}
