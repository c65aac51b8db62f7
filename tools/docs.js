// Writes what is generated from the code: docs/config.md (its tables), docs/cli.md (its commands), docs/errors.md,
// docs/openapi.json, .env.example, libs/runtime/setting-names.ts. `npm run docs` writes, `node tools/docs.js --check`
// writes nothing and exits 1 where something differs. Needs a build.
import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

const { errorCatalogue } = await import('../dist/libs/domain/index.js');
const { describeSettings, isSecret, loadSettings, Log } = await import('../dist/libs/runtime/index.js');
const { messagesPage } = await import('./messages.js');
const { Logger } = await import('@nestjs/common');

const services = {
  server: (await import('../dist/apps/server/server.config.js')).serverSettings,
  collector: (await import('../dist/apps/collector/collector.config.js')).collectorSettings,
  prediction: (await import('../dist/apps/prediction/prediction.config.js')).predictionSettings,
  alarm: (await import('../dist/apps/alarm/alarm.config.js')).alarmSettings,
  cli: (await import('../dist/apps/cli/cli.config.js')).cliSettings,
};

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function table(settings) {
  const rows = describeSettings(settings).map(
    (row) => `| \`${row.name}\` | ${row.default && `\`${cell(row.default)}\``} | ${cell(row.help)} |`,
  );
  return ['| variable | default | what it does |', '| --- | --- | --- |', ...rows].join('\n');
}

function config() {
  let text = readFileSync('docs/config.md', 'utf8');
  for (const [service, settings] of Object.entries(services)) {
    const section = new RegExp(`(<!-- settings:${service} -->)[^]*?(<!-- /settings -->)`);
    if (!section.test(text)) throw new Error(`docs/config.md has no section <!-- settings:${service} -->`);
    text = text.replace(section, (_, open, close) => `${open}\n\n${table(settings)}\n\n${close}`);
  }
  return text;
}

function errors() {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, retryable, meaning }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${cell(meaning)} |`,
  );
  return `# Errors

Every error of the server's routes has one shape: \`{"statusCode", "code", "message", "details"?}\`. The message names the
offending field and value; \`details\` holds what a program can use. Where a retry can help, the answer carries
\`Retry-After\` in seconds.

| code | status | can a retry help? | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function example() {
  const seen = new Set();
  const parts = Object.entries(services).map(([service, settings]) => {
    const lines = describeSettings(settings).flatMap((row) => {
      const name = row.name.split(' ')[0];
      if (seen.has(name)) return [];
      seen.add(name);
      return [`# ${row.help.replaceAll('\n', ' ')}`, `#${name}=${row.default}`];
    });
    return lines.length ? [`# ---- ${service} ----`, ...lines, ''].join('\n') : '';
  });
  return `# Every line is commented out: nothing here is needed. Copy to .env and change what you want; see docs/config.md.\n\n${parts.filter(Boolean).join('\n')}`;
}

/** Read by docker-compose.yml and the build for themselves. */
const outside = ['AMBERWATCH_CACHE', 'AMBERWATCH_CONTAINERS', 'AMBERWATCH_IMAGE'];

function names() {
  const ofServices = Object.values(services).flatMap(({ shape }) =>
    Object.entries(shape).flatMap(([name, setting]) => (isSecret(setting) ? [name, `${name}_FILE`] : [name])),
  );
  const all = [...new Set([...ofServices, ...outside])].filter((name) => /^(AMBERWATCH|INFLUX)_/.test(name)).sort();
  return `// Generated from the schemas of all programs by \`npm run docs\`.
/** Every variable of ours that a program reads. */
export const settingNames: readonly string[] = ${JSON.stringify(all)};
`;
}

/** What `amberwatch NAME --help` says, for every command. */
async function commandLine() {
  const { commands } = await import('../dist/apps/cli/command-table.js');
  const { helpOf } = await import('../dist/apps/cli/help.js');
  const list = Object.entries(commands).map(([name, { summary }]) => `| [\`${name}\`](#${name}) | ${cell(summary)} |`);
  const parts = Object.keys(commands).map((name) => `### ${name}\n\n\`\`\`text\n${helpOf(name)}\`\`\``);
  const overview = ['| command | what it does |', '| --- | --- |', ...list].join('\n');
  const section = /(<!-- commands -->)[^]*?(<!-- \/commands -->)/;
  const text = readFileSync('docs/cli.md', 'utf8');
  if (!section.test(text)) throw new Error('docs/cli.md has no section <!-- commands -->');
  return text.replace(section, (_, open, close) => `${open}\n\n${overview}\n\n${parts.join('\n\n')}\n\n${close}`);
}

async function openapi() {
  Logger.overrideLogger(new Log('docs', 'error'));
  const { createApp } = await import('../dist/apps/server/create-app.js');
  const { createOpenApi } = await import('../dist/apps/server/openapi.js');
  const folder = mkdtempSync(join(tmpdir(), 'amberwatch-docs-'));
  try {
    const app = await createApp(loadSettings(services.server, { AMBERWATCH_DATA: folder }));
    await app.init();
    const document = createOpenApi(app);
    await app.close();
    return `${JSON.stringify(document, null, 2)}\n`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pretty(path, text) {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}

const generated = {
  'docs/config.md': await pretty('docs/config.md', config()),
  'docs/cli.md': await pretty('docs/cli.md', await commandLine()),
  'docs/errors.md': await pretty('docs/errors.md', errors()),
  'docs/messages.md': await pretty('docs/messages.md', await messagesPage()),
  '.env.example': example(),
  'docs/openapi.json': await openapi(),
  'libs/runtime/setting-names.ts': await pretty('libs/runtime/setting-names.ts', names()),
};
const check = process.argv.includes('--check');
let differ = 0;
for (const [path, text] of Object.entries(generated)) {
  let before;
  try {
    before = readFileSync(path, 'utf8');
  } catch {
    before = undefined;
  }
  if (before === text) continue;
  differ++;
  if (check) console.error(`${path} differs from the code; run npm run docs`);
  else writeFileSync(path, text);
}
process.exit(check && differ > 0 ? 1 : 0);
