import data from './model/model.json' with { type: 'json' };
import { loadModel, type Model } from './model.js';

let loaded: Model | undefined;

/** The model that comes with this version, checked once. */
export function shippedModel(): Model {
  return (loaded ??= loadModel(data));
}

/** Its card: what it was trained on, by what command, and what it scored. */
export const modelCard: Record<string, unknown> = data.card;
