/** What an alert or a series is about, its host aside. */
export interface Subject {
  process: string | null;
  unit?: string | undefined;
  metric: string;
  device?: string | undefined;
}

/** In few words, names as they are: `nginx cpu`, `host disk /var`, `host no data`. */
export function subjectWords({ process, unit, metric, device }: Subject): string {
  const what = metric === 'data' ? 'no data' : metric;
  return `${process ?? unit ?? 'host'} ${what}${device === undefined ? '' : ` ${device}`}`;
}
