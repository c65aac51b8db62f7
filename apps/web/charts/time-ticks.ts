const DAY_MS = 86_400_000;

const two = (value: number) => String(value).padStart(2, '0');

/** Texts of the ticks of a time axis, in local time of 24 hours: the day stands under the first tick and where one begins. */
export function timeTicks(ticks: readonly number[], stepMs: number): string[] {
  let day = '';
  return ticks.map((ms) => {
    const time = new Date(ms);
    const date = `${two(time.getMonth() + 1)}-${two(time.getDate())}`;
    const isNew = date !== day;
    day = date;
    if (stepMs >= DAY_MS) return date;
    const seconds = stepMs < 60_000 ? `:${two(time.getSeconds())}` : '';
    const clock = `${two(time.getHours())}:${two(time.getMinutes())}${seconds}`;
    return isNew ? `${clock}\n${date}` : clock;
  });
}
