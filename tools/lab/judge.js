/** What is RED, in % of the limit. */
const RED = 80;

/**
 * Judges the AMBER of one run, a truth value a step. Before a kill, the first AMBER counts from which the limit was really
 * broken within the horizon; its lead is the share of the run that was still to come. Where nothing breaks, each claim is
 * false, whether or not its horizon ended within the run; a claim stands for one horizon, and flicker within it is free.
 */
export function judge(run, amber, horizonSteps) {
  const { id, program, outcome, outcomeStep, stepSeconds, values } = run;
  const end = outcomeStep ?? values.length;
  const over = values.findIndex((value, i) => i < end && value > RED);
  const red = over < 0 ? end : over;
  const judged = { id, program, outcome, hours: (red * stepSeconds) / 3600, falses: 0, lead: null };
  for (let i = 0, claim = -Infinity; i < (outcome === 'oom' ? red : values.length); i++) {
    if (!amber[i] || i - claim < horizonSteps) continue;
    claim = i;
    if (outcome === 'oom' && red - i <= horizonSteps) {
      judged.lead = (end - i) / end;
      break;
    }
    const broken = values.slice(i, i + horizonSteps).some((value) => value > RED);
    if (!broken) judged.falses++;
  }
  if (outcome !== 'oom') judged.hours = (values.length * stepSeconds) / 3600;
  return judged;
}

/** What the runs of one method and step say together. */
export function summary(judged) {
  const kills = judged.filter(({ outcome }) => outcome === 'oom');
  const harmless = judged.filter(({ outcome }) => outcome === 'none');
  const saved = judged.filter(({ outcome }) => outcome === 'saved');
  const leads = kills.map(({ lead }) => lead ?? 0).toSorted((a, b) => a - b);
  const sum = (runs, key) => runs.reduce((total, run) => total + run[key], 0);
  const hours = sum(harmless, 'hours');
  return {
    kills: kills.length,
    warned: kills.filter(({ lead }) => lead !== null).length,
    /** Over all kills; one without AMBER has a lead of nothing. */
    medianLead: leads.length > 0 ? leads[leads.length >> 1] : null,
    falsesBeforeKill: sum(kills, 'falses'),
    harmless: harmless.length,
    harmlessHours: hours,
    falses: sum(harmless, 'falses'),
    falseAnHour: hours > 0 ? sum(harmless, 'falses') / hours : 0,
    saved: saved.length,
    savedWarned: saved.filter(({ falses }) => falses > 0).length,
  };
}
