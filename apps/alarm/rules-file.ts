import { compileRules, defaultRules, ruleFile, type Rules } from '#alarm';
import { type Log, readYamlFile, StartError } from '#runtime';

/** The rules of a file, or the shipped ones where there is none. */
export class RulesFile {
  /** Those that hold now. */
  current: Rules = defaultRules;
  private channels: readonly string[] | undefined;

  constructor(
    private readonly path: string | undefined,
    private readonly log: Log,
  ) {}

  /** @throws SettingsError with every problem of the file, StartError where a route leads nowhere */
  load(): Rules {
    if (this.path === undefined) return defaultRules;
    const file = readYamlFile(ruleFile, 'rules', this.path);
    const rules = compileRules(file);
    if (this.channels !== undefined) refuseUnknown(this.path, rules, this.channels);
    this.log.log(`${file.rules.length} rules of ${this.path} hold`);
    this.current = rules;
    return rules;
  }

  /** The rules as the file has them now; undefined, with the reason logged, where it is broken. */
  reload(): Rules | undefined {
    try {
      return this.load();
    } catch (error) {
      this.log.error(`${(error as Error).message}\nThe old rules stay.`);
      return undefined;
    }
  }

  /**
   * From now on routes may name these channels only.
   *
   * @throws StartError where one names another
   */
  useChannels(names: readonly string[]): void {
    this.channels = names;
    refuseUnknown(this.path ?? '', this.current, names);
  }
}

/** A route to a channel that is not there would lose what it is for. */
function refuseUnknown(path: string, { routes }: Rules, names: readonly string[]): void {
  const known = names.length > 0 ? `configured are ${names.join(', ')}` : 'none is configured';
  const problems = routes.flatMap(({ to }, at) =>
    to
      .filter((name) => !names.includes(name))
      .map((name) => `routes[${at}].to: ${JSON.stringify(name)} is no channel of this alarm; ${known}`),
  );
  if (problems.length > 0) throw new StartError(`The rules in ${path} are not right:\n  ${problems.join('\n  ')}`);
}
