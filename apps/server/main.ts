import 'reflect-metadata';
import { routes } from '#domain';
import { askInstance, openDataFolder, runService, tlsFilesOf } from '#runtime';
import { createApp, listen } from './create-app.js';
import { serverProblems, serverSettings } from './server.config.js';

await runService({
  name: 'server',
  about: 'takes the samples of every host, stores them and answers what is asked about them',
  settings: serverSettings,
  check: serverProblems,
  async start(settings, log) {
    openDataFolder(settings.AMBERWATCH_DATA);
    const app = await createApp(settings);
    await listen(app, settings, log);
    return app;
  },
  repair: async (settings) => {
    const { repairFolder } = await import('#store');
    return repairFolder(settings.AMBERWATCH_DATA);
  },
  async health(settings) {
    const { AMBERWATCH_HOST: host, AMBERWATCH_PORT: port } = settings;
    const near = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
    const scheme = tlsFilesOf(settings) ? 'https' : 'http';
    const answer = await askInstance(`${scheme}://${near.includes(':') ? `[${near}]` : near}:${port}${routes.ready}`);
    return answer.ok ? undefined : `not ready: ${answer.text}`;
  },
});
