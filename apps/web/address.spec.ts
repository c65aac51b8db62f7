import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Address, formatAddress, parseAddress } from './address.js';

describe('the address of the page', () => {
  it('names each view in its shortest form', () => {
    const forms: [Address, string][] = [
      [{ view: 'fleet' }, '/'],
      [{ view: 'fleet', q: 'web', service: 'shop' }, '/?q=web&service=shop'],
      [{ view: 'fleet', service: '' }, '/?service='],
      [{ view: 'host', host: 'web-1', last: '6h' }, '/?host=web-1&last=6h'],
      [{ view: 'program', host: 'web-1', process: 'nginx' }, '/?host=web-1&process=nginx'],
      [{ view: 'unit', host: 'web-1', unit: 'nginx.service' }, '/?host=web-1&unit=nginx.service'],
      [{ view: 'alert', alert: 'abcdefgh' }, '/?alert=abcdefgh'],
      [{ view: 'alerts', state: 'closed' }, '/?view=alerts&state=closed'],
      [{ view: 'changes', host: 'web-1' }, '/?view=changes&host=web-1'],
      [{ view: 'wall' }, '/?wall'],
    ];
    for (const [address, text] of forms) {
      expect(formatAddress(address)).toBe(text);
      expect(parseAddress(text.slice(1))).toEqual(address);
    }
  });

  it('takes what it does not know for the fleet', () => {
    expect(parseAddress('?view=nonsense&x=1')).toEqual({ view: 'fleet' });
    expect(parseAddress('?view=__proto__')).toEqual({ view: 'fleet' });
  });

  it('brings any name back as it was', () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 255 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(name, name, fc.array(name, { minLength: 1, maxLength: 3 }), (host, process, pin) => {
        const address: Address = { view: 'program', host, process, pin };
        expect(parseAddress(formatAddress(address).slice(1))).toEqual(address);
      }),
    );
  });
});
