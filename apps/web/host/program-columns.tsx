import type { HostProcess, RankedProgram } from '#domain';
import { Spark } from '../charts/spark.js';
import { adjust } from '../navigation.js';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import type { Column } from '../parts/row-table.js';
import { bytes, figure, nameText, whole } from '../text.js';

/** What every row of a program has in common. */
interface Named {
  process: string;
  unit?: string | undefined;
}

/** Name, unit and the button that keeps the program in the list. */
function nameColumns<Row extends Named>(host: string, pins: readonly string[]): Column<Row>[] {
  return [
    {
      key: 'pin',
      title: 'Keep',
      about: 'Keeps a program on top, whatever its place',
      render: ({ process }) => <KeepButton process={process} pins={pins} />,
    },
    {
      key: 'process',
      title: 'Program',
      render: ({ process }) => (
        <Link to={{ view: 'program', host, process }}>
          <Name of={process} />
        </Link>
      ),
    },
    {
      key: 'unit',
      title: 'Unit',
      importance: 1,
      render: ({ unit }) =>
        unit === undefined ? (
          ''
        ) : (
          <Link to={{ view: 'unit', host, unit }}>
            <Name of={unit} />
          </Link>
        ),
    },
  ];
}

function KeepButton({ process, pins }: { process: string; pins: readonly string[] }) {
  const isKept = pins.includes(process);
  const others = pins.filter((name) => name !== process);
  return (
    <button
      type="button"
      class="keep"
      aria-pressed={isKept}
      aria-label={`Keep ${nameText(process)} on top`}
      onClick={() => adjust({ pin: isKept ? others : [...others, process] })}
    >
      <span aria-hidden="true">{isKept ? '★' : '☆'}</span>
    </button>
  );
}

const number = <Row,>(key: string, title: string, about: string, text: (row: Row) => string, importance?: 1 | 2 | 3): Column<Row> => ({ key, title, about, align: 'right', sortable: true, importance, render: text }); // prettier-ignore

function sparkColumn<Row extends Named>(sparks: ReadonlyMap<string, RankedProgram>, of: string): Column<Row> {
  return {
    key: 'spark',
    title: `${of === 'mem' ? 'Memory' : 'CPU'} over the range`,
    about: 'Largest of each step, of its own peak',
    importance: 2,
    render: ({ process }) => {
      const points = sparks.get(process)?.points;
      return points ? <Spark points={points} colour={of === 'mem' ? 2 : 1} /> : '';
    },
  };
}

interface Given {
  host: string;
  pins: readonly string[];
  sparks: ReadonlyMap<string, RankedProgram>;
  field: string;
}

/** Columns of the programs of a moment. */
export function momentColumns({ host, pins, sparks, field }: Given): Column<HostProcess>[] {
  return [
    ...nameColumns<HostProcess>(host, pins),
    number('count', 'Count', 'Processes', ({ count }) => whole(count), 2),
    number('cpu', 'CPU %', '% of one core, sum over its processes', ({ cpu }) => figure(cpu)),
    number('mem', 'Mem %', "% of the host's memory, sum over its processes", ({ mem }) => figure(mem)),
    number('rssBytes', 'RSS', 'Resident memory, sum over its processes', ({ rssBytes }) => bytes(rssBytes), 3),
    sparkColumn<HostProcess>(sparks, field),
  ];
}

/** Columns of the programs of a range; `total`: CPU-seconds of all of them. */
export function rangeColumns({ host, pins, sparks, field }: Given, total: number | null): Column<RankedProgram>[] {
  const share = (value: number | null) => (value === null || !total ? '–' : figure((value / total) * 100));
  return [
    ...nameColumns<RankedProgram>(host, pins),
    number('cpuSeconds', 'CPU s', 'CPU time, seconds', ({ cpuSeconds }) => whole(cpuSeconds)),
    { ...number('share', 'Share %', 'Of the CPU time of all programs', ({ cpuSeconds }) => share(cpuSeconds), 2), sortable: false }, // prettier-ignore
    number('cpu', 'Mean CPU %', '% of one core, while it ran', ({ cpu }) => figure(cpu), 3),
    number('cpuPeak', 'Max CPU %', '% of one core, largest sum', ({ cpuPeak }) => figure(cpuPeak)),
    number('mem', 'Mean mem %', "% of the host's memory, while it ran", ({ mem }) => figure(mem), 1),
    number('memPeak', 'Max mem %', "% of the host's memory, largest sum", ({ memPeak }) => figure(memPeak), 2),
    number('rssBytes', 'Mean RSS', 'Resident memory, while it ran', ({ rssBytes }) => bytes(rssBytes), 1),
    number('count', 'Count', 'Mean number of processes', ({ count }) => figure(count), 1),
    sparkColumn<RankedProgram>(sparks, field),
  ];
}
