// Prints what the running program consists of, as a CycloneDX document: `node tools/sbom.js [FOLDER]`, where FOLDER holds
// package.json, package-lock.json and what was installed of it. npm makes it; of the root it knows the folder's name alone.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(process.argv[2] ?? '.');
const options = ['--omit=dev', '--sbom-format=cyclonedx', '--sbom-type=application'];
const text = execFileSync('npm', ['sbom', ...options], { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
const document = JSON.parse(text);
const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
document.metadata.component = { ...document.metadata.component, name, version };
// Some authors write an address as git takes it, which is no URI and makes the document invalid.
for (const component of document.components) {
  component.externalReferences = component.externalReferences?.filter(({ url }) => URL.canParse(url));
}
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
