import { crc32 } from './checksum.js';
import { PredictionError } from './errors.js';
import { STATE_BYTES, STATE_VERSION } from './series-state.js';

/** Magic, version, length of the state, checksum; then the state. All little-endian. */
const MAGIC = 0x50424d41;
const HEADER = 16;
export const SNAPSHOT_BYTES = HEADER + STATE_BYTES;

/** A copy of one series' state that can be written anywhere and read by the same version. */
export function writeSnapshot(state: Uint8Array): Uint8Array {
  const out = new Uint8Array(SNAPSHOT_BYTES);
  const view = new DataView(out.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, STATE_VERSION, true);
  view.setUint32(8, STATE_BYTES, true);
  view.setUint32(12, crc32(state), true);
  out.set(state, HEADER);
  return out;
}

/**
 * The state in a snapshot.
 * @throws PredictionError SNAPSHOT_VERSION where another version wrote it, SNAPSHOT_DAMAGED where it is cut or changed.
 */
export function readSnapshot(bytes: Uint8Array): Uint8Array {
  if (bytes.length < HEADER)
    throw new PredictionError('SNAPSHOT_DAMAGED', `The snapshot ends after ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new PredictionError('SNAPSHOT_DAMAGED', 'The bytes are not a snapshot');
  const version = view.getUint32(4, true);
  if (version !== STATE_VERSION) {
    throw new PredictionError(
      'SNAPSHOT_VERSION',
      `The snapshot is of version ${version}, this is version ${STATE_VERSION}`,
    );
  }
  const length = view.getUint32(8, true);
  if (length !== STATE_BYTES || bytes.length !== HEADER + length) {
    throw new PredictionError('SNAPSHOT_DAMAGED', `The snapshot has ${bytes.length} bytes of ${SNAPSHOT_BYTES}`);
  }
  const state = bytes.subarray(HEADER);
  if (crc32(state) !== view.getUint32(12, true)) {
    throw new PredictionError('SNAPSHOT_DAMAGED', 'The checksum of the snapshot does not fit its bytes');
  }
  return state;
}
