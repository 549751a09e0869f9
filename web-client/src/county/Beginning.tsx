import { useEffect } from 'preact/hooks';
import type { Page } from '../generated/api';
import { api } from '../office/desk';
import { useLoad } from '../office/load';
import { g } from './words-regions';

/** What a new installation needs before a school can plan lessons, in this order. */
const STEPS = ['regions', 'schools', 'alliances', 'terms', 'bells'] as const;
type Step = (typeof STEPS)[number];

/** The first row of each list that the steps fill. */
async function firsts(): Promise<Record<Step, { id: string } | null>> {
  const first = async (path: string) => (await api.get<Page<{ id: string }>>(path, { query: { limit: 1 } })).items[0] ?? null;
  const rows = await Promise.all(STEPS.map((step) => first(step === 'bells' ? '/bell-plans' : `/${step}`)));
  return Object.fromEntries(STEPS.map((step, index) => [step, rows[index] ?? null])) as Record<Step, { id: string } | null>;
}

/** Leads from nothing to the first timetable, and is gone once that much is there. `changed` counts what was saved. */
export function Beginning({ tab, changed }: { tab: string; changed: number }) {
  const known = useLoad(firsts, []);
  useEffect(() => {
    if (changed > 0) known.again();
  }, [changed]);
  const done = known.value;
  if (done === null) return null;
  const next = STEPS.find((step) => done[step] === null);
  if (next === undefined) return null;
  const href = next === 'bells' ? `/school?school=${encodeURIComponent(done.schools?.id ?? '')}#tab=bells` : `#tab=${next}`;
  return (
    <section class="office-card steps" data-test="steps" data-next={next}>
      <div class="office-line">
        <h2>{g('steps.title')}</h2>
        <span class="muted">{g('steps.left', { n: STEPS.filter((step) => done[step] === null).length })}</span>
      </div>
      <ol>
        {STEPS.map((step, index) => (
          <li key={step} class={done[step] ? 'done' : step === next ? 'next' : ''} aria-current={step === next ? 'step' : undefined}>
            {done[step] ? (
              <span class="step-mark" role="img" aria-label={g('steps.done')}>
                ✓
              </span>
            ) : (
              <span class="step-mark">{index + 1}</span>
            )}
            {g(`step.${step}`)}
          </li>
        ))}
      </ol>
      <div class="steps-next">
        <p>{g(`step_text.${next}`)}</p>
        {tab !== next && (
          <a class="button primary" href={href} data-test="step-go">
            {g('steps.go')}
          </a>
        )}
      </div>
    </section>
  );
}
