import { describe, expect, it } from '@jest/globals';
import { BodyBudget } from './body-budget.js';

describe('the budget of bodies in flight', () => {
  it('holds over all requests, and is whole again once they are answered', () => {
    const budget = new BodyBudget(100);
    const [first, second] = [{}, {}];
    budget.take(first, 60);
    budget.take(second, 30);
    expect(() => budget.take(second, 11)).toThrow(expect.objectContaining({ code: 'TOO_MANY_REQUESTS' }));
    budget.take(second, 10);
    budget.release(first);
    budget.release(first);
    budget.take(second, 60);
    expect(() => budget.take(first, 1)).toThrow('of other requests');
    budget.release(second);
    budget.take(first, 100);
  });
});
