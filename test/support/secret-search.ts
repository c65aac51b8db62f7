/** A text in which a secret was looked for. */
export interface Shown {
  where: string;
  text: string;
}

/** Places at which a secret stands, as it is or in the writing of URLs, JSON or base64. */
export function placesOf(secrets: Record<string, string>, shown: Shown[]): string[] {
  return shown.flatMap(({ where, text }) => {
    const readings = [text, unescaped(text), ...decoded(text)];
    return Object.entries(secrets).flatMap(([name, secret]) => {
      const at = readings.find((reading) => reading.includes(secret));
      return at === undefined ? [] : [`${name} in ${where}: …${around(at, secret)}…`];
    });
  });
}

const around = (text: string, secret: string) => text.slice(Math.max(0, text.indexOf(secret) - 80)).slice(0, 200);

/** With what URLs and JSON escape put back. */
function unescaped(text: string): string {
  return text
    .replace(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
    .replace(/\\(["\\/])/g, '$1');
}

/** What long runs of letters say if they are base64, which may begin at any of four characters. */
function decoded(text: string): string[] {
  const runs = text.match(/[\w+/-]{12,}/g) ?? [];
  return [0, 1, 2, 3].map((skipped) =>
    runs.map((run) => Buffer.from(run.slice(skipped), 'base64').toString('latin1')).join(' '),
  );
}
