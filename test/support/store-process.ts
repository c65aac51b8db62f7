import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { CodedError, type SampleBatch } from '#domain';
import { DuckDbStore } from '../../libs/store/duckdb/duckdb.store.js';

/**
 * A process with a DuckDB store, told what to do by lines on its standard input: `check`, or a batch as JSON. Each
 * answer is one line, `ok` or the error's code; `open` comes first.
 */
const say = (text: string) => writeSync(1, `${text}\n`);
const [, , folder = '', checkpointThreshold] = process.argv;
const store = await DuckDbStore.open({ folder, ...(checkpointThreshold !== undefined && { checkpointThreshold }) });
say('open');

const answer = (id: string, job: Promise<unknown>) =>
  job.then(
    () => say(`${id} ok`),
    (error: unknown) => say(`${id} ${error instanceof CodedError ? error.code : String(error)}`),
  );

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'check') void answer('check', store.check());
  else {
    const batch = JSON.parse(line) as SampleBatch;
    void answer(batch.id, store.write([batch]));
  }
}
await store.close();
