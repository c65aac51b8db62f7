import type { Fault } from '../fault.js';
import { alarmChannels } from './alarm-channels.js';
import { alarmKilled } from './alarm-killed.js';
import { anyRequest } from './any-request.js';
import { collectorClocks } from './collector-clocks.js';
import { collectorKilled } from './collector-killed.js';
import { comeBack } from './come-back.js';
import { duckdbKilled } from './duckdb-killed.js';
import { hostileConnections } from './hostile-connections.js';
import { influxAnswers } from './influx-answers.js';
import { influxKilled } from './influx-killed.js';
import { linesRefused } from './lines-refused.js';
import { manyNames } from './many-names.js';
import { schemathesis } from './schemathesis.js';
import { serverAway } from './server-away.js';
import { serverKilled } from './server-killed.js';
import { servicesEnded } from './services-ended.js';
import { soak } from './soak.js';
import { spoolDamaged } from './spool-damaged.js';
import { volumeFull } from './volume-full.js';

/** Every fault, in the order in which the table tells them. */
export const faults: Fault[] = [
  ...serverKilled,
  ...influxKilled,
  influxAnswers,
  linesRefused,
  duckdbKilled,
  volumeFull,
  ...servicesEnded,
  collectorKilled,
  spoolDamaged,
  alarmKilled,
  alarmChannels,
  ...serverAway,
  collectorClocks,
  ...manyNames,
  comeBack,
  hostileConnections,
  schemathesis,
  anyRequest,
  ...soak,
];
