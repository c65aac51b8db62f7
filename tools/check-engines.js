// Fails where a package of the lock file does not run on a version of Node that we do: `npm install` would warn of it there
// (EBADENGINE). Asked are the first versions of each line that package.json names.
import { readFileSync } from 'node:fs';
import semver from 'semver';

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const lines = packages[''].engines.node.split('||');
const versions = lines.map((line) => semver.minVersion(line).version);
const wrong = Object.entries(packages).flatMap(([path, { version, engines }]) => {
  const asked = Array.isArray(engines) ? undefined : engines?.node;
  const not = asked ? versions.filter((one) => !semver.satisfies(one, asked)) : [];
  return not.length > 0 ? [`${path} ${version} asks for Node ${asked}, which ${not.join(' and ')} is not`] : [];
});
for (const line of wrong) console.error(line);
process.exit(wrong.length > 0 ? 1 : 0);
