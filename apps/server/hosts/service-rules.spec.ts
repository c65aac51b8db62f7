import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ServerSettings } from '../server.config.js';
import { ServiceRules } from './service-rules.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amberwatch-rules-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function rules(content: unknown): ServiceRules {
  const file = join(folder, 'rules.json');
  writeFileSync(file, JSON.stringify(content));
  return new ServiceRules({ AMBERWATCH_SERVICE_RULES: file } as ServerSettings);
}

describe('the rules that tell the service of a host', () => {
  it('takes the first whose glob fits the whole name', () => {
    const shops = rules([
      { host: 'web-?', service: 'shop' },
      { host: 'web-*', service: 'search' },
      { host: '10.0.0.*', service: 'lan' },
    ]);
    const names = ['web-1', 'web-12', 'my-web-1', '10.0.0.7', '10a0b0c7', 'web-\n1'];
    expect(names.map((host) => shops.serviceOf(host))).toEqual(['shop', 'search', null, 'lan', null, 'search']);
  });

  it('takes no longer for a hostile name than for any other', () => {
    const many = rules([{ host: `${'*a'.repeat(60)}b`, service: 'trap' }]);
    const startedMs = performance.now();
    expect(many.serviceOf('a'.repeat(255))).toBeNull();
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  it('says which value of the file is wrong', () => {
    expect(() => rules([{ host: 'a' }])).toThrow(/AMBERWATCH_SERVICE_RULES: .*\[0\]\.service/);
  });
});
