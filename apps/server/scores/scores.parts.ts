import { ScoresController } from './scores.controller.js';
import { Scores } from './scores.js';

/** What the server's module takes in for the scores of predictions. */
export const scoresControllers = [ScoresController];
export const scoresProviders = [Scores];
