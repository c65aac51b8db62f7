import { Store } from '../store.js';

/** Whether the server is heard of; times in milliseconds since the epoch. */
export interface Connection {
  state: 'first' | 'heard' | 'lost';
  /** When it last answered; undefined: never since the page was opened. */
  heardAt?: number;
}

export const connection = new Store<Connection>({ state: 'first' });

export function noteAnswer(): void {
  connection.set({ state: 'heard', heardAt: Date.now() });
}

export function noteSilence(): void {
  connection.set({ ...connection.value, state: 'lost' });
}
