// Fails where the first view of the page needs more script than a browser should have to take: 90 kB gzipped, counted as what
// index.html names, which is the entry and all that it imports statically. What comes within 5 % of that is said, so that
// there is time to look for what grew.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 90;
const SLACK = 0.05;

const folder = new URL('../dist/apps/web/', import.meta.url);
const html = readFileSync(new URL('index.html', folder), 'utf8');
const scripts = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path);
if (scripts.length === 0) throw new Error('index.html of the built page names no script');
const bytes = scripts.map((path) => gzipSync(readFileSync(new URL(path, folder))).length);
const kB = bytes.reduce((sum, size) => sum + size, 0) / 1000;

const said = `The page's first view has ${kB.toFixed(1)} kB of script gzipped; ${LIMIT_KB} kB are allowed`;
if (kB > LIMIT_KB) console.error(`${said}, and that is too much.`);
else if (kB > LIMIT_KB * (1 - SLACK)) console.error(`${said}: less than ${SLACK * 100} % are left.`);
else console.log(`${said}.`);
process.exitCode = kB > LIMIT_KB ? 1 : 0;
