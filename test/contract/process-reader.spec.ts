import { LinuxReader } from '../../apps/collector/measure/readers/linux.reader.js';
import { PortableReader } from '../../apps/collector/measure/readers/portable.reader.js';
import { processReaderContract } from './process-reader.contract.js';

if (process.platform === 'linux') {
  processReaderContract('LinuxReader', () => new LinuxReader({ proc: '/proc' }));
  processReaderContract('LinuxReader without kept descriptors', () => new LinuxReader({ proc: '/proc', maxKept: 0 }));
}
processReaderContract('PortableReader', () => new PortableReader());
