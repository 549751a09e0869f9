import type { MakeReport } from '../generated/api';
import { r } from './words-register';

/** What was saved, with what became of the lessons that follow it. */
export type Saved<T> = T & { lessons?: MakeReport };

/** What became of the lessons, in a line. */
export function madeText({ created, updated, cancelled, past }: MakeReport): string {
  return r('make.done', { created, updated, cancelled, past });
}

/** What became of the lessons, with those that could not be made, that stay, and days without any. */
export function Made({ report }: { report: MakeReport }) {
  return (
    <div class="made" data-test="made">
      <p class="office-note good report-head">{madeText(report)}</p>
      {(['failed', 'kept', 'skipped'] as const).map(
        (list) =>
          report[list].length > 0 && (
            <details key={list} open={list === 'failed'} data-test={`made-${list}`}>
              <summary>
                {r(`make.${list}`)} · {report[list].length}
              </summary>
              <ul class="report">
                {report[list].map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </details>
          ),
      )}
    </div>
  );
}
