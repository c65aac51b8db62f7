import { beforeEach, expect, test } from '@jest/globals';
import { CollectorClock } from './collector-clock.js';

let wall: number;
let monotonic: number;
let said: string[];
let clock: CollectorClock;

beforeEach(() => {
  wall = 1_000_000_000_000;
  monotonic = 0;
  said = [];
  clock = new CollectorClock(
    (text) => said.push(text),
    () => wall,
    () => monotonic,
  );
});

function pass(ms: number): void {
  wall += ms;
  monotonic += ms;
}

test('it is the clock of the host as long as the server says nothing', () => {
  pass(5_000);
  expect(clock.now()).toBe(wall);
});

test('it is corrected by what the server says, and that is said once', () => {
  expect(clock.correct(wall - 1_200_000)).toBe(-1_200_000);
  pass(10_000);
  expect(clock.now()).toBe(wall - 1_200_000);
  clock.correct(wall - 1_200_300);
  expect(said).toEqual(["This host's clock is 20 min ahead of the server's; times are corrected"]);
});

test('when somebody sets the host right, the correction is void', () => {
  clock.correct(wall - 1_200_000);
  clock.now();
  wall -= 1_200_000;
  expect(clock.now()).toBe(wall);
  expect(said.at(-1)).toContain('was set');
});
