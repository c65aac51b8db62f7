import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { settingNames } from './setting-names.js';
import { unknownSettings } from './unknown-settings.js';

const schema = z.object({
  AMBERWATCH_PORT: z.string().optional(),
  AMBERWATCH_TOKEN: z.string().optional().meta({ secret: true }),
  INFLUX_TOKEN: z.string().optional().meta({ secret: true }),
});

it('knows the settings of every program, and the files of secrets', () => {
  expect(settingNames).toContain('AMBERWATCH_SMTP_URL');
  const all = Object.fromEntries([...settingNames, 'AMBERWATCH_TOKEN_FILE', 'PATH', 'HOST'].map((name) => [name, 'x']));
  expect(unknownSettings(all, schema)).toEqual([]);
});

it('asks whether another one was meant, by the program whose setting that is', () => {
  expect(unknownSettings({ AMBERWATCH_PROT: '1', AMBERWATCH_TOKEN_FIEL: 'x', INFLUX_TOEKN: 'x' }, schema)).toEqual([
    'AMBERWATCH_PROT is no setting; did you mean AMBERWATCH_PORT?',
    'AMBERWATCH_TOKEN_FIEL is no setting; did you mean AMBERWATCH_TOKEN_FILE?',
    'INFLUX_TOEKN is no setting; did you mean INFLUX_TOKEN?',
  ]);
  expect(unknownSettings({ AMBERWATCH_SMPT_URL: 'x' }, schema)).toEqual([]);
});

it('says of a name that is like no setting that it is none, unless it may be for another program', () => {
  expect(unknownSettings({ AMBERWATCH_XYZZY_PLUGH_FOO_BAR: '1' }, schema)).toEqual([
    'AMBERWATCH_XYZZY_PLUGH_FOO_BAR is no setting; docs/config.md lists all',
  ]);
  expect(unknownSettings({ INFLUX_ACTIVE_CONFIG_PATHS: '1' }, schema)).toEqual([]);
});

it('leaves alone what Kubernetes makes of a Service that is called amberwatch-server', () => {
  const environment = {
    AMBERWATCH_SERVER_SERVICE_HOST: '10.0.0.1',
    AMBERWATCH_SERVER_SERVICE_PORT_HTTP: '8000',
    AMBERWATCH_SERVER_PORT: 'tcp://10.0.0.1:8000',
    AMBERWATCH_SERVER_PORT_8000_TCP_ADDR: '10.0.0.1',
  };
  expect(unknownSettings(environment, schema)).toEqual([]);
});
