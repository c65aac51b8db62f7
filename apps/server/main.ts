import 'reflect-metadata';
import { routes } from '#domain';
import { runService } from '#runtime';
import { createApp, listen } from './create-app.js';
import { serverSettings } from './server.config.js';

await runService({
  name: 'server',
  about: 'takes the samples of every host, stores them and answers what is asked about them',
  settings: serverSettings,
  async start(settings, log) {
    const app = await createApp(settings);
    await listen(app, settings, log);
    return app;
  },
  repair: async (settings) => {
    const { repairFolder } = await import('#store');
    return repairFolder(settings.AMBERWATCH_DATA);
  },
  async health(settings) {
    const host = settings.AMBERWATCH_HOST === '0.0.0.0' ? '127.0.0.1' : settings.AMBERWATCH_HOST;
    const response = await fetch(`http://${host}:${settings.AMBERWATCH_PORT}${routes.ready}`, {
      signal: AbortSignal.timeout(5000),
    });
    return response.ok ? undefined : `not ready: ${await response.text()}`;
  },
});
