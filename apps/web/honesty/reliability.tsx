import type { CalibrationReport, ReliabilityBand } from '#domain';
import { TOO_FEW } from '#domain/few';
import { Scroll } from '../parts/scroll.js';
import { Time } from '../parts/time.js';
import { many, whole } from '../text.js';
import { ReliabilityDiagram } from './reliability-diagram.js';
import { share } from './score-text.js';

/** Each probability that was claimed beside the share that came true. */
export function Reliability({ report }: { report: CalibrationReport }) {
  const { claims, bands, brierBefore, brierAfter, branches } = report;
  return (
    <section class="panel">
      <h2>Does 60 % mean 60 %?</h2>
      <p class="quiet">
        {many(claims, 'claim')} ended, counted at <Time of={report.time} whole />. Mean squared error{' '}
        {brierAfter.toFixed(3)} (Brier; {brierBefore.toFixed(3)} before probabilities were corrected by what came true).
      </p>
      <div class="reliability">
        <ReliabilityDiagram bands={bands} />
        <div class="reliability-tables">
          {branches.length === 0 && <BandTable title={`All: ${many(claims, 'claim')}`} bands={bands} />}
          {branches.map((one) => (
            <BandTable
              key={`${one.branch} ${one.scale}`}
              title={`${one.branch}, ${one.scale}: ${many(one.claims, 'claim')}`}
              bands={one.bands}
            />
          ))}
        </div>
      </div>
    </section>
  );
}

function BandTable({ title, bands }: { title: string; bands: readonly ReliabilityBand[] }) {
  return (
    <Scroll label={title}>
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Said</th>
            <th scope="col" class="right importance-3">
              On average
            </th>
            <th scope="col" class="right">
              Claims
            </th>
            <th scope="col" class="right">
              Came true (95 %)
            </th>
            <th scope="col">So it was</th>
          </tr>
        </thead>
        <tbody>
          {bands.map((band) => (
            <tr key={band.from}>
              <td class="one-line">
                {(band.from * 100).toFixed(0)}–{share(band.to)}
              </td>
              <td class="right importance-3">{share(band.claimed)}</td>
              <td class="right">{whole(band.claims)}</td>
              <td class="right one-line">
                {share(band.cameTrue)} ({(band.low * 100).toFixed(0)}–{(band.high * 100).toFixed(0)})
              </td>
              <td>{verdict(band)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** What a band shows: that its claim lies in the interval of what came true, or on which side of it. */
function verdict({ claims, claimed, low, high }: ReliabilityBand): string {
  if (claims < TOO_FEW) return 'too few to say';
  if (claimed > high) return 'said too much';
  return claimed < low ? 'said too little' : 'as said';
}
