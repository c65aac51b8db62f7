import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { hideSecret, hideSecrets, withoutSecrets } from './secrets.js';

describe('what is hidden', () => {
  it('is left out of every text, as it is and as it is written elsewhere', () => {
    const secret = 'Pa+s/w"rd ü-42';
    hideSecret(secret);
    for (const shown of [
      secret,
      encodeURIComponent(secret),
      JSON.stringify({ secret }),
      Buffer.from(`user:${secret}`).toString('base64'),
      Buffer.from(`a:${secret}:b`).toString('base64url'),
      Buffer.from(secret).toString('base64'),
    ]) {
      const left = withoutSecrets(`before ${shown} behind`);
      expect(left).toMatch(/^before .*\[secret\].* behind$/);
      expect(left).not.toContain(shown);
    }
  });

  it('is every secret of a configuration, the key in an address and a password in any', () => {
    const url = z.string().optional();
    const schema = z.object({
      SLACK: url.meta({ secret: true }),
      INFLUX: url,
      MAIL: url.meta({ secret: true }),
      HOST: url,
    });
    hideSecrets(schema, {
      SLACK: 'https://hooks.example/services/T00/B00/abcdefgh',
      INFLUX: 'http://user:grossfoot@127.0.0.1:8086',
      MAIL: 'smtp://me:p%40ssw0rd@mail.example:587',
      HOST: 'web-1.example',
    });
    expect(withoutSecrets('Cannot POST /services/T00/B00/abcdefgh')).toBe('Cannot POST [secret]');
    expect(withoutSecrets('no webhook abcdefgh')).toBe('no webhook [secret]');
    expect(withoutSecrets('http://user:grossfoot@127.0.0.1:8086')).toBe('http://user:[secret]@127.0.0.1:8086');
    expect(withoutSecrets('535 p@ssw0rd is wrong')).toBe('535 [secret] is wrong');
    expect(withoutSecrets('web-1.example')).toBe('web-1.example');
  });

  it('is nothing that could be a part of any word', () => {
    hideSecret('a');
    hideSecret('');
    expect(withoutSecrets('a banana')).toBe('a banana');
  });
});
