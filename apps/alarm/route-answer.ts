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
  const { host, process, metric, device, color, at } = question;
  const service = question.service ?? serviceOf(host);
  const rule = question.rule ?? ruleOf(rules, question, service);
  const alert = { host, process, metric, device, color, service, rule: rule ?? 'default' };
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
function ruleOf(rules: Rules, { host, process, metric, device }: RouteQuestion, service: string | null): string | null {
  if (metric === 'data') return 'default';
  const levels = rules.forHost(host, service);
  const judged =
    process !== null && (metric === 'cpu' || metric === 'mem')
      ? levels.process(process, metric)
      : levels.own(metric, device);
  return judged?.rule ?? null;
}
