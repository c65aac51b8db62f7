import type { Terminal } from '../terminal.js';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

/** The terminal's other screen, which leaves what stood there before as it was. */
export class Screen {
  private drawn: string[] = [];

  constructor(private readonly terminal: Pick<Terminal, 'out'>) {
    terminal.out(ENTER);
  }

  /** Writes the lines that changed. Each is erased first: erasing behind a full line would take its last character. */
  draw(lines: string[]): void {
    const changed = lines.map((line, i) => (line === this.drawn[i] ? '' : `\u001b[${i + 1};1H\u001b[2K${line}`));
    const below = lines.length < this.drawn.length ? `\u001b[${lines.length + 1};1H\u001b[J` : '';
    const text = changed.join('') + below;
    this.drawn = lines;
    if (text !== '') this.terminal.out(text);
  }

  /** For a terminal of another size, in which nothing stands where it stood. */
  clear(): void {
    this.drawn = [];
    this.terminal.out('\u001b[2J');
  }

  leave(): void {
    this.terminal.out(LEAVE);
  }
}
