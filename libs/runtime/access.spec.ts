import { describe, expect, it } from '@jest/globals';
import { BearerToken, isForeignPage, isLoopbackHost, isOwnPage } from './access.js';

describe('who may ask', () => {
  it.each(['localhost', 'localhost:8000', 'LOCALHOST:8000', '127.0.0.1', '127.8.9.1:1', '[::1]', '[::1]:8000'])(
    'takes %s for this machine',
    (header) => expect(isLoopbackHost(header)).toBe(true),
  );

  it.each([undefined, '', 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', '[::2]:80'])(
    'takes %s for another',
    (header) => expect(isLoopbackHost(header)).toBe(false),
  );

  it.each([
    [{}, false],
    [{ 'sec-fetch-site': 'same-origin', origin: 'http://a' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, true],
    [{ 'sec-fetch-site': 'same-site', origin: 'http://a' }, true],
    [{ 'sec-fetch-site': 'none', origin: 'http://evil' }, true],
    [{ origin: 'http://a:8000' }, false],
    [{ origin: 'https://A:8000' }, false],
    [{ origin: 'http://a' }, true],
    [{ origin: 'http://a:8000.evil' }, true],
    [{ origin: 'null' }, true],
    [{ origin: '' }, true],
  ])('tells of %j whether another site made the browser ask', (headers, foreign) => {
    expect(isForeignPage({ host: 'a:8000', ...headers })).toBe(foreign);
  });

  it.each([
    [{}, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ 'sec-fetch-site': 'same-site', origin: 'http://a:8000' }, false],
    [{ 'sec-fetch-site': 'none', origin: 'http://evil' }, false],
    [{ origin: 'http://a:9000' }, false],
    [{ origin: 'null' }, false],
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ origin: 'http://a:8000' }, true],
  ])('tells of %j whether it says to be of a page of this server', (headers, own) => {
    expect(isOwnPage({ host: 'a:8000', ...headers })).toBe(own);
  });

  it('tells a missing token from a wrong one', () => {
    const token = new BearerToken('a-token-of-enough-length');
    expect(token.check('bearer  a-token-of-enough-length')).toBe('right');
    expect(token.check('Bearer a-token-of-enough-lengtH')).toBe('wrong');
    expect(token.check('Basic YTpi')).toBe('missing');
    expect(token.check(undefined)).toBe('missing');
  });
});
