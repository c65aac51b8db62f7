import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { errorCatalogue } from '#domain';

const root = join(import.meta.dirname, '..');

describe('the documentation', () => {
  it('is what the code generates: settings, errors, OpenAPI and .env.example', () => {
    const { status, stderr } = spawnSync(process.execPath, ['tools/docs.js', '--check'], {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  }, 70_000);

  it('has every line of .env.example commented out', () => {
    const lines = readFileSync(join(root, '.env.example'), 'utf8').split('\n');
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it('lists no error that the server never sends', () => {
    const sources = ['apps/server', 'libs/store', 'libs/domain', 'libs/runtime'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts') && name !== 'errors.ts')
        .map((name) => readFileSync(join(root, folder, name), 'utf8')),
    );
    const never = Object.keys(errorCatalogue).filter((code) => !sources.some((text) => text.includes(`'${code}'`)));
    expect(never).toEqual([]);
  });

  it('names only files that are there', () => {
    const missing = ['README.md', 'CONTRIBUTING.md', 'docs/config.md'].flatMap((page) => {
      const text = readFileSync(join(root, page), 'utf8');
      const links = [...text.matchAll(/\]\(((?!https?:|#)[^)#\s]+)/g)].map((match) => match[1] as string);
      return links.filter((link) => {
        try {
          readFileSync(join(root, page, '..', link));
          return false;
        } catch (error) {
          return (error as NodeJS.ErrnoException).code !== 'EISDIR';
        }
      });
    });
    expect(missing).toEqual([]);
  });
});
