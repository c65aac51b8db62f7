import type { RouteAnswer, RouteQuestion } from '#domain';
import { routeOf, type Rules } from '#alarm';

interface Known {
  rules: Rules;
  serviceOf: (host: string) => string | null;
  /** Names of all channels. */
  names: string[];
  /** ms since the epoch. */
  nowMs: number;
}

/** Who would be told of an alert, with what each route said. */
export function routeAnswer(question: RouteQuestion, { rules, serviceOf, names, nowMs }: Known): RouteAnswer {
  const { host, process, unit, metric, device, color, at } = question;
  const service = question.service ?? serviceOf(host);
  const rule = question.rule ?? ruleOf(rules, question, service);
  const alert = { host, process, unit, metric, device, color, service, rule: rule ?? 'default' };
  const { to, steps } = routeOf(rules.routes, alert, at === undefined ? nowMs : Date.parse(at));
  return {
    service,
    rule,
    to: rule === null ? [] : (to ?? names),
    isDefault: to === null,
    steps: steps.map((step) => ({ ...step, why: step.why.slice(0, 4000) })),
  };
}

/** The rule that judges it; null where a rule says that nothing does. */
function ruleOf(rules: Rules, question: RouteQuestion, service: string | null): string | null {
  const { host, process, unit, metric, device } = question;
  if (metric === 'data') return 'default';
  const levels = rules.forHost(host, service);
  const isUsage = metric === 'cpu' || metric === 'mem';
  if (process !== null && isUsage) return levels.process(process, metric)?.rule ?? null;
  if (unit !== undefined && isUsage) return levels.unit(unit, metric)?.rule ?? null;
  return levels.own(metric, device)?.rule ?? null;
}
