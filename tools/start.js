// `npm start`: runs the server and, once it listens, collector, prediction and alarm beside it, until Ctrl-C.
import concurrently from 'concurrently';

const colored = process.env.NO_COLOR ? false : process.stdout.isTTY || Boolean(process.env.FORCE_COLOR);
const environment = colored ? { FORCE_COLOR: '1' } : {};
const width = 'prediction'.length;
const others = ['collector', 'prediction', 'alarm'];
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (stopping = true));

/** One service under the runner, which prefixes its lines and passes signals on. */
function run(names, env) {
  const colors = { server: 'cyan', collector: 'green', prediction: 'magenta', alarm: 'yellow' };
  return concurrently(
    names.map((name) => ({
      name: name.padEnd(width),
      // exec: the program itself gets the signal, not a shell around it.
      command: `${process.platform === 'win32' ? '' : 'exec '}node --enable-source-maps dist/apps/${name}/main.js`,
      env: { ...environment, ...env },
      prefixColor: colors[name],
    })),
    { prefix: '{name} |', prefixColors: colored ? undefined : ['reset'], killOthersOn: [], successCondition: 'all' },
  );
}

/** Resolves with the address that the server says it listens on, or undefined where it ends before. */
function address(command, ended) {
  return new Promise((resolve) => {
    command.stdout.subscribe((chunk) => {
      const match = /listens on (http:\/\/\S+?),? /.exec(String(chunk));
      if (match) resolve(match[1]);
    });
    ended.then(
      () => resolve(undefined),
      () => resolve(undefined),
    );
  });
}

const server = run(['server'], {});
const url = await address(server.commands[0], server.result);
let rest;
if (url && !stopping) {
  rest = run(others, { AMBERWATCH_SERVER_URL: url });
  let up = 0;
  for (const command of rest.commands) {
    const first = command.stdout.subscribe(() => {
      first.unsubscribe();
      if (++up === others.length) console.log(`\nAmberwatch is up. Open ${url}/ in a browser; Ctrl-C stops it.\n`);
    });
  }
}
const results = await Promise.allSettled([server.result, rest?.result]);
const failed = !url || results.some(({ status }) => status === 'rejected');
process.exitCode = failed && !stopping ? 1 : 0;
