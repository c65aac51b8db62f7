// Holds docs/openapi.json against what generators and readers of it expect: Redocly's recommended rules, warnings too, and
// openapi-spec-validator, which is kept in a folder outside of the checkout. Without Python, the latter is left out
// aloud, and in CI that is a failure.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pythonProgram } from './python-program.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const DOCUMENT = process.argv[2] ?? 'docs/openapi.json';
const REQUIREMENTS = 'tools/openapi/requirements.txt';

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000 });
  return { ok: status === 0, stdout: stdout ?? '', output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` };
}

function redocly() {
  const lint = ['node_modules/@redocly/cli/bin/cli.js', 'lint', DOCUMENT, '--extends=recommended', '--format=json'];
  const { stdout, output } = run(process.execPath, [...lint, '--max-problems=1000']);
  let problems;
  try {
    ({ problems } = JSON.parse(stdout));
  } catch {
    return [`redocly did not run: ${output}`];
  }
  return problems.map(({ severity, ruleId, message, location }) => {
    return `redocly ${severity} ${ruleId}: ${message} ${location?.[0]?.pointer ?? ''}`;
  });
}

function validator() {
  const { program, problem } = pythonProgram('openapi-spec-validator', REQUIREMENTS);
  if (problem !== undefined) {
    console.error(`SKIPPED-SUITE: openapi-spec-validator (${problem})`);
    return process.env.CI ? ['openapi-spec-validator must run here'] : [];
  }
  const { ok, output } = run(program, [DOCUMENT]);
  return ok ? [] : [`openapi-spec-validator: ${output.trim()}`];
}

const problems = [...redocly(), ...validator()];
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
