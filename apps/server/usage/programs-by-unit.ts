import { MAX_PROGRAMS_OF_UNIT, type SampleBatch } from '#domain';

/** The programs of each unit of a batch, the largest memory first. */
export function programsByUnit(batch: SampleBatch | undefined): Map<string, string[]> {
  const found = new Map<string, number[]>();
  for (const [i, index] of batch?.unit?.entries() ?? []) {
    const unit = index === null ? undefined : batch?.units?.[index]?.unit;
    if (unit === undefined) continue;
    const programs = found.get(unit);
    if (programs) programs.push(i);
    else found.set(unit, [i]);
  }
  const memory = (i: number) => batch?.rssBytes?.[i] ?? batch?.mem?.[i] ?? 0;
  return new Map(
    [...found].map(([unit, programs]) => [
      unit,
      programs
        .toSorted((a, b) => memory(b) - memory(a) || a - b)
        .slice(0, MAX_PROGRAMS_OF_UNIT)
        .map((i) => batch?.names[i] as string),
    ]),
  );
}
