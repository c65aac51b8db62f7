import { setFlagsFromString } from 'node:v8';

/**
 * V8's space for young objects is kept at its first size of 1 MB. Loading the program would let it grow to 16 MB, and
 * it never shrinks again, while a tick needs less than one. So the flag is set before anything else is loaded.
 */
setFlagsFromString('--semi-space-growth-factor=1');

await import('reflect-metadata');
const { NestFactory } = await import('@nestjs/core');
const { askInstance, openDataFolder, runService, tlsFilesOf, tlsProblems } = await import('#runtime');
const { collectorSettings, DEFAULT_CONTROL_PORT } = await import('./collector.config.js');
const { CollectorModule } = await import('./collector.module.js');
const { trustProblems } = await import('#client/server-trust');
const { checkHostFolders } = await import('./measure/host/host-folders.js');

await runService({
  name: 'amberwatch-collector',
  about: 'samples every process of this host and sends the samples to the server',
  settings: collectorSettings,
  check: (environment) => [...tlsProblems(environment), ...trustProblems(environment)],
  start: (settings, log) => {
    checkHostFolders({ proc: settings.HOST_PROC, root: settings.HOST_ROOT });
    // What the spool's volume does not take is said by the spool, which holds it in memory.
    openDataFolder(settings.AMBERWATCH_DATA, 'samples are held in memory');
    return NestFactory.createApplicationContext(CollectorModule.register(settings, log), { abortOnError: false });
  },
  health: async (settings) => {
    const port = settings.AMBERWATCH_CONTROL_PORT ?? DEFAULT_CONTROL_PORT;
    const { text } = await askInstance(`${tlsFilesOf(settings) ? 'https' : 'http'}://127.0.0.1:${port}/health/live`);
    return text.includes('"service":"amberwatch-collector"') ? undefined : `port ${port} belongs to another program`;
  },
});
