import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CodedError, type NotifyTest, type NotifyTestResults, type RouteQuestion } from '#domain';

const KEPT_MS = 5 * 60_000;
const MAX_KEPT = 20;
/** Each sample goes to every channel: more at once would be noise, and could page people without end. */
const MAX_WAITING = 5;

/** Samples of notifications that somebody asked for: the alarm alone has the channels, so it sends and answers. */
@Injectable()
export class NotifyTests {
  /** Whether the newest sample reached a channel; undefined: none was answered since the server's start. */
  wasHeard?: boolean;
  private tests: NotifyTest[] = [];

  list(nowMs: number): NotifyTest[] {
    this.tests = this.tests.filter(({ requested }) => nowMs - Date.parse(requested) < KEPT_MS).slice(-MAX_KEPT);
    return this.tests;
  }

  /**
   * @param route only asks who would be told of that alert
   * @throws CodedError TOO_MANY_REQUESTS where as many wait for the alarm already
   */
  request(nowMs: number, route?: RouteQuestion): NotifyTest {
    const isAlike = (test: NotifyTest) => (test.route === undefined) === (route === undefined);
    if (this.list(nowMs).filter((test) => test.results === null && isAlike(test)).length >= MAX_WAITING) {
      const what = route ? 'questions' : 'samples';
      throw new CodedError('TOO_MANY_REQUESTS', `${MAX_WAITING} ${what} wait for the alarm already.`);
    }
    const requested = new Date(nowMs).toISOString();
    const test: NotifyTest = { id: randomUUID(), requested, ...(route && { route }), results: null };
    this.tests = [...this.list(nowMs), test];
    return test;
  }

  answer(id: string, { results, routed }: NotifyTestResults, nowMs: number): void {
    const test = this.list(nowMs).find((one) => one.id === id);
    if (!test) throw new CodedError('NOT_FOUND', `Nobody asked for the sample "${id.slice(0, 80)}".`);
    test.results = results;
    if (routed) test.routed = routed;
    else this.wasHeard = results.some(({ ok }) => ok);
  }
}
