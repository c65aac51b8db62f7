import { z } from 'zod';
import type { SettingGroup } from './settings.js';

const file = z.string().min(1).optional();

/** Settings of whoever asks the server. */
export const trustSettings = {
  AMBERWATCH_SERVER_CA: file.describe(
    'File of the authority in PEM that signed the certificate of the server; of the public ones where it is not set',
  ),
  AMBERWATCH_CLIENT_CERT: file.describe('File of the certificate in PEM that is shown to a server that asks for one'),
  AMBERWATCH_CLIENT_KEY: file.describe('File of the private key of that certificate, in PEM'),
};

export const trustGroup: SettingGroup = {
  what: 'The certificate of this client',
  needed: ['AMBERWATCH_CLIENT_CERT', 'AMBERWATCH_CLIENT_KEY'],
};
