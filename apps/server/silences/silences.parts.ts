import { NotifyTests } from './notify-tests.js';
import { NotifyTestsController } from './notify-tests.controller.js';
import { SilencesController } from './silences.controller.js';
import { Silences } from './silences.js';

/** What the server's module takes in for silences and for samples of notifications. */
export const silencesControllers = [SilencesController, NotifyTestsController];
export const silencesProviders = [Silences, NotifyTests];
