import { readFileSync } from 'node:fs';
import { compileRules, defaultRules, ruleFile, type Rules } from '#alarm';
import { type Log, parseYaml, SettingsError, StartError } from '#runtime';

/** The rules of a file, or the shipped ones where there is none. */
export class RulesFile {
  /** Those that hold now. */
  current: Rules = defaultRules;

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

  private read(path: string): Rules {
    const file = parseYaml(ruleFile, readFileSync(path, 'utf8'));
    this.log.log(`${file.rules.length} rules of ${path} hold`);
    this.current = compileRules(file);
    return this.current;
  }
}

function problemText(path: string, error: unknown): string {
  if (error instanceof SettingsError) return `The rules in ${path} are not right:\n  ${error.problems.join('\n  ')}`;
  return `The rules in ${path} can't be read: ${(error as Error).message}`;
}
