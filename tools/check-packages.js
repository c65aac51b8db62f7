// Fails where a package of the lock file has a licence that is not on the list, where one that runs at a user's has no
// checksum, or where `npm ci` would run the scripts of packages. `npm audit signatures` asks the registry too, which not every
// registry answers: `node tools/check-packages.js --signatures` fails for a wrong signature alone.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What anybody may pass on with a program under MIT. */
const forAll = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
];
/** What builds or tests it, and is passed on to nobody. */
const forTools = [...forAll, 'CC-BY-4.0', 'CC0-1.0', 'MPL-2.0'];

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const { packages } = JSON.parse(read('package-lock.json'));

/** An SPDX expression of `AND`, `OR` and brackets without further ones inside. */
function isAllowed(expression, list) {
  const flat = expression.replace(/[()]/g, '');
  return flat.split(' OR ').some((one) => one.split(' AND ').every((licence) => list.includes(licence)));
}

/** The binary of a platform that the registry did not offer has no entry of its own: it is under its package's licence. */
function licenceOf(path, { license }) {
  if (license !== undefined) return license;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  return Object.values(packages).find(({ optionalDependencies }) => optionalDependencies?.[name])?.license;
}

const problems = [];
for (const [path, entry] of Object.entries(packages)) {
  if (path === '') continue;
  const licence = licenceOf(path, entry);
  if (licence === undefined || !isAllowed(licence, entry.dev ? forTools : forAll)) {
    problems.push(`${path} ${entry.version} is under ${licence ?? 'no licence'}, which is not on the list`);
  }
  if (!entry.dev && entry.integrity === undefined) problems.push(`${path} ${entry.version} has no checksum`);
}
if (!/^ignore-scripts=true$/m.test(read('.npmrc'))) problems.push('.npmrc lets packages run scripts');
for (const line of read('Dockerfile').matchAll(/npm (?:ci|install)\b.*/g)) {
  if (!line[0].includes('--ignore-scripts')) problems.push(`Dockerfile: "${line[0]}" lets packages run scripts`);
}
if (process.argv.includes('--signatures')) problems.push(...wrongSignatures());

/** Names of packages that somebody else than their registry has changed. */
function wrongSignatures() {
  const asked = ['audit', 'signatures', '--json', '--fetch-retries=0', '--fetch-timeout=10000'];
  const { stdout } = spawnSync('npm', asked, { encoding: 'utf8', timeout: 120_000 });
  let answer;
  try {
    answer = JSON.parse(stdout);
  } catch {
    answer = {};
  }
  if (!Array.isArray(answer.invalid)) {
    console.error('The registry does not answer for the signatures of its packages; they were not checked.');
    return [];
  }
  return answer.invalid.map(({ name, version }) => `${name} ${version} has a signature that is not its registry's`);
}

for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
