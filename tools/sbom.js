// Prints what the running program consists of, as a CycloneDX document. npm makes it of all packages, and those of the build are
// left out here: with --omit=dev npm also leaves out what both the program and its build need, such as zod. Of the root it
// knows the folder's name alone.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const folder = new URL('../', import.meta.url);
const read = (file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const options = ['--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
const text = execFileSync('npm', ['sbom', ...options], { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
const document = JSON.parse(text);
const { name, version } = read('package.json');
document.metadata.component = { ...document.metadata.component, name, version };

// Binaries of other platforms stand in the lock file, and are not installed.
const running = Object.entries(read('package-lock.json').packages).filter(
  ([path, { dev }]) => path !== '' && !dev && existsSync(new URL(path, folder)),
);
const kept = new Set(running.map(([path, one]) => `${one.name ?? path.split('node_modules/').at(-1)}@${one.version}`));
document.components = document.components.filter((one) => kept.has(`${one.name}@${one.version}`));
const references = new Set([document.metadata.component, ...document.components].map((one) => one['bom-ref']));
document.dependencies = document.dependencies
  .filter(({ ref }) => references.has(ref))
  .map((one) => ({ ...one, dependsOn: one.dependsOn?.filter((ref) => references.has(ref)) }));
// Some authors write an address as git takes it, which is no URI and makes the document invalid.
for (const component of document.components) {
  component.externalReferences = component.externalReferences?.filter(({ url }) => URL.canParse(url));
}
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
