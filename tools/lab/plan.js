import { loads } from './loads.js';
import { programs } from './programs.js';
import { randomFrom } from './random.js';

const MiB = 1024 * 1024;

/** Runs of each kind and program. */
const COUNTS = { train: { leak: 4, bounded: 3, restart: 4 }, test: { leak: 5, bounded: 4, restart: 5 } };

/**
 * The runs of the lab, each drawn from its own seed: limit, load, minutes, what is taken at the start, and for what is bounded at
 * which share of the limit. Kinds: `leak` grows until the kernel kills, `bounded` fills up once and stays, `restart` is saved by a restart.
 */
export function plan({ seed, minutes = [4, 22] }) {
  const runs = [];
  for (const [number, [program, { split, kinds }]] of Object.entries(programs).entries()) {
    for (const kind of kinds) {
      for (let i = 0; i < COUNTS[split][kind]; i++)
        runs.push(draw({ program, kind, i, seed, minutes, load: loads[(number + i) % loads.length] }));
    }
  }
  return runs;
}

function draw({ program, kind, i, seed, load: wanted, minutes: [shortest, longest] }) {
  const { split, limitMiB, ownMiB, overhead, boundShare = [0.45, 0.72] } = programs[program];
  const id = `${program}-${kind}-${seed}-${i}`;
  const random = randomFrom(Buffer.from(id).reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7));
  const between = (low, high) => low + (high - low) * random();
  const limitBytes = Math.round(between(...limitMiB)) * MiB;
  // Harmless runs are long, so that their hours add up.
  const minutes =
    kind === 'leak' ? shortest * (longest / shortest) ** random() : between((shortest + longest) / 2, longest);
  // What fills up once does so under any load but one that begins late.
  const load = kind !== 'leak' && wanted === 'late' ? 'steady' : wanted;
  const startBytes = Math.round(limitBytes * between(0, 0.2));
  const room = limitBytes - ownMiB * MiB - startBytes;
  const shape = {
    id,
    program,
    split,
    kind,
    load,
    seed,
    minutes,
    limitBytes,
    startBytes,
    run: Math.floor(random() * 2 ** 31),
  };
  if (kind === 'leak') return { ...shape, boundBytes: 0, toLeakBytes: room / overhead };
  const boundBytes = Math.max(
    MiB,
    Math.round((limitBytes * between(...boundShare) - ownMiB * MiB - startBytes) / overhead),
  );
  // A cache is full after a part of the run; a worker is restarted several times.
  return { ...shape, boundBytes, toLeakBytes: boundBytes * between(...(kind === 'bounded' ? [1.6, 6] : [3, 6])) };
}
