import { readFileSync } from 'node:fs';
import { compileRules, defaultRules, ruleFile, type Rules } from '#alarm';
import { type Log, parseYaml, SettingsError, StartError } from '#runtime';

/** The rules of a file, or the shipped ones where there is none. */
export class RulesFile {
  /** Those that hold now. */
  current: Rules = defaultRules;
  private channels: readonly string[] | undefined;

  constructor(
    private readonly path: string | undefined,
    private readonly log: Log,
  ) {}

  /** @throws StartError with every problem of the file */
  load(): Rules {
    if (this.path === undefined) return defaultRules;
    try {
      return this.read(this.path);
    } catch (error) {
      throw new StartError(problemText(this.path, error), { cause: error });
    }
  }

  /** The rules as the file has them now; undefined, with the reason logged, where it is broken. */
  reload(): Rules | undefined {
    if (this.path === undefined) return defaultRules;
    try {
      return this.read(this.path);
    } catch (error) {
      this.log.error(`${problemText(this.path, error)}\nThe old rules stay.`);
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
    const problems = unknownChannels(this.current, names);
    if (problems.length > 0) throw new StartError(problemText(this.path ?? '', new SettingsError(problems)));
  }

  private read(path: string): Rules {
    const file = parseYaml(ruleFile, readFileSync(path, 'utf8'));
    const rules = compileRules(file);
    const problems = this.channels === undefined ? [] : unknownChannels(rules, this.channels);
    if (problems.length > 0) throw new SettingsError(problems);
    this.log.log(`${file.rules.length} rules of ${path} hold`);
    this.current = rules;
    return rules;
  }
}

/** A route to a channel that is not there would lose what it is for. */
function unknownChannels({ routes }: Rules, names: readonly string[]): string[] {
  return routes.flatMap(({ to }, i) =>
    to
      .filter((name) => !names.includes(name))
      .map((name) => {
        const known = names.length > 0 ? `configured are ${names.join(', ')}` : 'none is configured';
        return `routes.${i}.to "${name}" is no channel of this alarm; ${known}`;
      }),
  );
}

function problemText(path: string, error: unknown): string {
  if (error instanceof SettingsError) return `The rules in ${path} are not right:\n  ${error.problems.join('\n  ')}`;
  return `The rules in ${path} can't be read: ${(error as Error).message}`;
}
