import type { Alert } from '#domain';
import { go } from '../navigation.js';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { Notice } from '../parts/notice.js';
import { type Column, RowTable } from '../parts/row-table.js';
import { Sight } from '../parts/sight.js';
import { Time } from '../parts/time.js';
import { percent, span } from '../text.js';
import { aboutWords, courseWords, judgedWarning, level, reasonWords } from './alert-words.js';
import { Course } from './course.js';

const endOf = ({ closed, opened }: Alert) => Date.parse(closed ?? opened);
const worstOf = ({ history }: Alert) => (history.some(({ color }) => color === 'RED') ? 'RED' : 'AMBER');

const columns: Column<Alert>[] = [
  { key: 'worst', title: 'Worst', render: (alert) => <Sight of={worstOf(alert)} /> },
  {
    key: 'about',
    title: 'What',
    render: (alert) => (
      <Link to={{ view: 'alert', alert: alert.id }}>
        {aboutWords(alert)} on <Name of={alert.host} />
      </Link>
    ),
  },
  { key: 'opened', title: 'Opened', importance: 3, render: ({ opened }) => <Time of={opened} /> },
  {
    key: 'lasted',
    title: 'Lasted',
    align: 'right',
    importance: 2,
    render: (alert) => span(Math.max(0, endOf(alert) - Date.parse(alert.opened))),
  },
  {
    key: 'course',
    title: 'Course',
    about: 'AMBER and RED in their lengths',
    importance: 1,
    render: (alert) => (
      <>
        <Course history={alert.history} endMs={endOf(alert)} />
        <span class="for-readers">{courseWords(alert.history, endOf(alert))}</span>
      </>
    ),
  },
  { key: 'warned', title: 'Predicted', render: ({ history }) => <Warned history={history} /> },
  {
    key: 'peak',
    title: 'Peak',
    align: 'right',
    importance: 1,
    render: ({ peak, value, limit }) => `${percent(peak ?? value)} of ${level(limit)}`,
  },
  { key: 'reason', title: 'Ended', importance: 1, render: ({ reason }) => reasonWords[reason] },
];

/** Whether it was predicted, how early, and whether that came true. */
function Warned({ history }: { history: Alert['history'] }) {
  const warning = judgedWarning(history);
  if (!warning?.outcome) return <span class="quiet">no</span>;
  const lead = warning.leadMs === undefined ? '' : ` ${span(warning.leadMs)} ahead`;
  return <span class={`outcome outcome-${warning.outcome}`}>{`${warning.outcome}${lead}`}</span>;
}

/** Alerts that are over, the newest first. */
export function PastAlerts({ alerts, onOlder }: { alerts: readonly Alert[]; onOlder: (() => void) | undefined }) {
  if (alerts.length === 0) return <Notice kind="empty" title="No such alert in the past." />;
  return (
    <>
      <RowTable<Alert>
        caption="Alerts that are over, the newest first"
        rows={alerts}
        columns={columns}
        rowKey={({ id }) => id}
        onOpen={({ id }) => go({ view: 'alert', alert: id })}
      />
      {onOlder && (
        <p>
          <button type="button" onClick={onOlder}>
            Older ones
          </button>
        </p>
      )}
    </>
  );
}
