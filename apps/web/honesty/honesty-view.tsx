import type { CalibrationReport, ScoreBoard } from '#domain';
import { routes } from '#domain/routes';
import type { Address } from '../address.js';
import { adjust } from '../navigation.js';
import { useTitle } from '../parts/heading.js';
import { Notice, Whole } from '../parts/notice.js';
import { Time } from '../parts/time.js';
import { Refused, withQuery } from '../server/ask.js';
import { many } from '../text.js';
import { FalseAlarmsPart } from './false-alarms.js';
import './honesty.css';
import { Reliability } from './reliability.js';
import { ScoreFigures } from './score-figures.js';
import { ScoreTables } from './score-tables.js';
import { useSlowAnswer } from './slow-answer.js';

const HOUR_MS = 3_600_000;
const SPANS: readonly { last: string; days: number }[] = [
  { last: '7d', days: 7 },
  { last: '30d', days: 30 },
  { last: '90d', days: 90 },
];
const USUAL = { last: '30d', days: 30 };

/** How often the warnings of this installation were right. */
export function HonestyView({ address }: { address: Address }) {
  useTitle('Honesty');
  const span = SPANS.find(({ last }) => last === address.last) ?? USUAL;
  // A whole hour, so that the question stays the same from one drawing to the next.
  const hour = Math.floor(Date.now() / HOUR_MS);
  const from = new Date((hour - span.days * 24) * HOUR_MS).toISOString();
  const board = useSlowAnswer<ScoreBoard>(withQuery(routes.scores, { from }));
  return (
    <>
      <div class="toolbar">
        <h1>Honesty</h1>
        <div class="spans" role="group" aria-label="How far to look back">
          {SPANS.map(({ last, days }) => (
            <button type="button" key={last} aria-pressed={last === span.last} onClick={() => adjust({ last })}>
              {days} days
            </button>
          ))}
        </div>
      </div>
      <Whole of={board} waiting="Counting how the warnings turned out …">
        {(counted) => <Scores board={counted} days={span.days} />}
      </Whole>
      <Calibration />
    </>
  );
}

function Scores({ board, days }: { board: ScoreBoard; days: number }) {
  const { total, incidents } = board;
  if (total.hits + total.early + total.false + total.missed === 0) {
    return (
      <section class="panel">
        <h2>Were the warnings right?</h2>
        <Notice kind="empty" title={`No warning and no breach has ended in ${days} days.`}>
          <p>
            Each AMBER that predicts a breach is held against what came of it: a hit, too early, or false. Once the
            first one has ended, precision, recall and the lead time stand here, by rule, kind and host.
          </p>
        </Notice>
      </section>
    );
  }
  return (
    <>
      <section class="panel">
        <h2>Were the warnings right?</h2>
        <p class="quiet">
          {many(incidents, 'alert')} since <Time of={board.from} whole />. Behind each figure stands the range in which
          the true one lies with 95 % confidence.
        </p>
        <ScoreFigures score={total} />
      </section>
      <ScoreTables board={board} />
    </>
  );
}

/** What prediction counts once a day by itself, of its own claims. */
function Calibration() {
  const report = useSlowAnswer<CalibrationReport>(routes.calibration);
  if (report.error instanceof Refused && report.error.status === 404) {
    return (
      <section class="panel">
        <h2>Does 60 % mean 60 %?</h2>
        <Notice kind="empty" title="Prediction has not counted its claims yet.">
          <p>
            It does so once a day, from what it claimed and what came true. Then each probability that it said stands
            here beside the share that came true, and how many false alarms a week came of those that are asked for.
          </p>
        </Notice>
      </section>
    );
  }
  return (
    <Whole of={report} waiting="Asking what came of the claims …">
      {(counted) => (
        <>
          <Reliability report={counted} />
          {counted.falseAlarms && <FalseAlarmsPart found={counted.falseAlarms} />}
        </>
      )}
    </Whole>
  );
}
