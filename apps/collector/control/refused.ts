import { json, type Page } from './routes.js';

/** A refusal of the control port with its HTTP status; the sentence names the value. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** An error in the form that the server's routes have too. */
export function errorPage({ status, code, message }: Refused): Page {
  return json({ statusCode: status, code, message });
}
