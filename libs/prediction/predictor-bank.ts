import { clear, offsets, Slab } from './series-state.js';
import type { Model } from './model.js';
import { AmberPredictor, type PredictorOptions } from './amber-predictor.js';

/** Series whose states share one buffer. */
const SLOTS = 1024;

/** Makes predictors whose states lie side by side in large buffers; a released place is used again. */
export class PredictorBank {
  private readonly slabs: Slab[] = [];
  private readonly free: { slab: Slab; slot: number }[] = [];

  constructor(readonly model: Model) {}

  create(options: PredictorOptions): AmberPredictor {
    const place = this.free.pop() ?? this.grow();
    clear(place.slab, place.slot);
    return new AmberPredictor(this.model, options, place.slab, offsets(place.slot), place.slot, () =>
      this.free.push(place),
    );
  }

  /** A predictor that goes on where the snapshot was taken; throws as `readSnapshot` does. */
  restore(snapshot: Uint8Array, options: PredictorOptions): AmberPredictor {
    const predictor = this.create(options);
    try {
      predictor.restore(snapshot);
    } catch (error) {
      predictor.release();
      throw error;
    }
    return predictor;
  }

  private grow(): { slab: Slab; slot: number } {
    const slab = new Slab(SLOTS);
    this.slabs.push(slab);
    for (let slot = SLOTS - 1; slot > 0; slot--) this.free.push({ slab, slot });
    return { slab, slot: 0 };
  }
}
