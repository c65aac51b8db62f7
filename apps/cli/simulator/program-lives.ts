import { randomFrom, seedOf, wholeFrom } from './random.js';

/** Ticks after which a program is started anew, at least and at most: with ten seconds a tick, three hours to two days. */
const SHORTEST_LIFE = 1_000;
const LONGEST_LIFE = 17_000;

/** When the programs of a simulated host were started: each of them anew now and then, whatever it uses. */
export class ProgramLives {
  private readonly lives: { ticks: number; age: number }[];

  constructor(seed: number, host: number, programs: number) {
    const random = randomFrom(seedOf(seed, 'lives', host));
    this.lives = Array.from({ length: programs }, () => {
      const ticks = wholeFrom(random, SHORTEST_LIFE, LONGEST_LIFE);
      return { ticks, age: wholeFrom(random, 1, ticks) };
    });
  }

  /** Tick at which the program that runs at this tick was started; below 0 where that was before the simulation. */
  startOf(program: number, tick: number): number {
    const { ticks, age } = this.lives[program] ?? { ticks: LONGEST_LIFE, age: 0 };
    return tick - ((tick + age) % ticks);
  }
}
