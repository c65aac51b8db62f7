// Prints what the running program consists of, as a CycloneDX document. npm makes it of what is installed, which has to be all:
// it takes the packages of the build for missing otherwise, and leaves them out all the same. Of the root it knows the folder's
// name alone.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const folder = new URL('../', import.meta.url);
const options = ['--omit=dev', '--sbom-format=cyclonedx', '--sbom-type=application'];
const text = execFileSync('npm', ['sbom', ...options], { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
const document = JSON.parse(text);
const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
document.metadata.component = { ...document.metadata.component, name, version };
// Some authors write an address as git takes it, which is no URI and makes the document invalid.
for (const component of document.components) {
  component.externalReferences = component.externalReferences?.filter(({ url }) => URL.canParse(url));
}
process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
