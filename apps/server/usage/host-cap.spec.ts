import { beforeEach, describe, expect, it } from '@jest/globals';
import { HostCap } from './host-cap.js';

describe('the most hosts that there may be', () => {
  let known: Set<string>;
  let cap: HostCap;
  beforeEach(() => {
    known = new Set(['old']);
    cap = new HostCap(known, 2);
  });
  const full = expect.objectContaining({ code: 'TOO_MANY_REQUESTS' });

  it('are not passed by hosts that arrive at the same moment', () => {
    const leave = cap.enter('first');
    expect(() => cap.enter('second')).toThrow(full);
    known.add('first');
    leave();
    expect(() => cap.enter('second')).toThrow(full);
  });

  it('keep out neither hosts that are known nor further batches of one that arrives', () => {
    cap.enter('first');
    cap.enter('first');
    cap.enter('old')();
  });

  it('leave the place free once no batch of a host was stored', () => {
    const [leave, leaveToo] = [cap.enter('first'), cap.enter('first')];
    leave();
    expect(() => cap.enter('second')).toThrow(full);
    leaveToo();
    cap.enter('second');
  });
});
