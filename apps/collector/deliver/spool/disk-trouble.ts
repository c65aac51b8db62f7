/** Whether the disk accepts writes; says so when that changes, not at each write. */
export class DiskTrouble {
  /** Writes that were refused. */
  failures = 0;
  private sentence: string | undefined;

  constructor(
    private readonly folder: string,
    private readonly say: (text: string) => void,
  ) {}

  get isThere(): boolean {
    return this.sentence !== undefined;
  }

  failed(error: unknown): void {
    this.failures++;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const sentence = `The spool ${this.folder} can't be written (${code}); samples are held in memory`;
    if (sentence !== this.sentence) this.say(sentence);
    this.sentence = sentence;
  }

  works(): void {
    if (this.sentence === undefined) return;
    this.sentence = undefined;
    this.say(`The spool ${this.folder} can be written again`);
  }
}
