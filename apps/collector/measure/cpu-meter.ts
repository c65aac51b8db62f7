/**
 * CPU usage between two readings of a cumulative counter, in % of one core, as `top` gives it.
 *
 * Never negative, infinite or above what the host can give: the kernel counts in steps of 10 ms, so that a short
 * interval may seem to hold more CPU time than it had.
 *
 * @param usedMs CPU time used between the two readings, in milliseconds
 * @param elapsedMs time between the two readings by a clock that never jumps, in milliseconds
 * @param cores logical cores of the host
 * @returns undefined where no time has passed, or where either value is no finite number
 */
export function cpuPercent(usedMs: number, elapsedMs: number, cores: number): number | undefined {
  if (!(elapsedMs > 0) || elapsedMs === Infinity || !Number.isFinite(usedMs)) return undefined;
  if (usedMs <= 0) return 0;
  const percent = (usedMs / elapsedMs) * 100;
  const most = cores * 100;
  return percent < most ? percent : most;
}

/**
 * CPU usage of a process that is seen for the first time: its average since its start if it is younger than the tick.
 * An older one waits for its second reading, because its counter says nothing about now.
 *
 * @param cpuMs CPU time it has used since its start, in milliseconds
 * @param ageMs time since its start, in milliseconds
 * @param tickMs time since the reading before, in milliseconds; 0 where there was none
 */
export function firstCpuPercent(cpuMs: number, ageMs: number, tickMs: number, cores: number): number | undefined {
  if (!(ageMs <= tickMs)) return undefined;
  return cpuPercent(cpuMs, Math.max(ageMs, CPU_STEP_MS), cores);
}

/** Step of the kernel's per-process counters: USER_HZ is 100 on every architecture that Node runs on. */
export const CPU_STEP_MS = 10;
