import { nearestWord } from './nearest-word.js';
import { settingNames } from './setting-names.js';
import { type Environment, isSecret, type SettingsSchema } from './settings.js';

/** Variables that Kubernetes makes of each Service, here of one that is called amberwatch or influx. */
const ofKubernetes = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP)(_\w+)?$/;

/**
 * A sentence for each variable that looks like a setting and is none, so that a slip of the finger isn't a default in silence.
 * Where it is near a setting, only whose setting that is says so; `INFLUX_…` may be for other programs.
 */
export function unknownSettings(environment: Environment, schema: SettingsSchema): string[] {
  const known = new Set(settingNames);
  const own = new Set(
    Object.entries(schema.shape).flatMap(([name, of]) => (isSecret(of) ? [name, `${name}_FILE`] : name)),
  );
  return Object.entries(environment).flatMap(([name, text = '']) => {
    if (!/^(AMBERWATCH|INFLUX)_/.test(name) || known.has(name) || own.has(name)) return [];
    if (ofKubernetes.test(name) || /^(tcp|udp):\/\//.test(text)) return [];
    const nearest = nearestWord(name, known);
    if (nearest !== undefined) return own.has(nearest) ? [`${name} is no setting; did you mean ${nearest}?`] : [];
    return name.startsWith('AMBERWATCH_') ? [`${name} is no setting; docs/config.md lists all`] : [];
  });
}
