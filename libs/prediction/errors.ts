/** What can be wrong with a model or a snapshot; the message names what was found. */
export type PredictionErrorCode = 'MODEL_INVALID' | 'MODEL_CHECKSUM' | 'SNAPSHOT_VERSION' | 'SNAPSHOT_DAMAGED';

export class PredictionError extends Error {
  override readonly name = 'PredictionError';

  constructor(
    readonly code: PredictionErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
