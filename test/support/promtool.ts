import { spawnSync } from 'node:child_process';

/** Whether Prometheus' own checker is here; says so where it is not. */
export const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) process.stderr.write('SKIPPED-SUITE: promtool (no promtool found: apt-get install prometheus)\n');

/** What promtool has against a page of metrics; empty where it has nothing. */
export function checkMetrics(page: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' });
  return status === 0 ? stdout + stderr : `status ${status}: ${stdout}${stderr}`;
}
