import type { Alliance, School, StatisticsView, Term } from '../generated/api';
import { api } from '../office/desk';
import { byName } from '../office/find';
import { useLoad } from '../office/load';
import { type Option, Picker } from '../office/Picker';
import { o } from '../office/words';
import { weeksOf } from '../school/calendar';
import { ALL, type By, type Only } from './choice';
import { w } from './words';

/** What may be chosen from. */
export interface Known {
  terms: Term[];
  alliances: Alliance[];
  schools: School[];
}

interface Props {
  known: Known;
  term: string;
  only: Only;
  onOnly: (only: Only) => void;
  /** What the page of one school is about; null: it is about all there is. */
  own: Only | null;
}

/** Narrows what is counted: by alliance and by schools where there are several, by subject, teacher and weeks. */
export function Filters({ known, term, only, onOnly, own }: Props) {
  const within = own ?? { ...ALL, host_school: only.host_school };
  const taughtHere = own !== null && own.host_school !== null;
  // What there is of a school, whatever else is chosen.
  const choices = useLoad(async () => {
    const of = async (by: By): Promise<Option[]> => {
      const { rows } = await api.get<StatisticsView>('/statistics', { query: { term, by, ...within } });
      return byName(rows.filter(({ key }) => key !== '').map(({ key, name }) => ({ id: key, name })));
    };
    const [subjects, teachers, receivers] = await Promise.all([of('subject'), of('teacher'), taughtHere ? of('school') : []]);
    return { subjects: subjects.map(({ id }) => id), teachers, receivers };
  }, [term, ...Object.values(within)]);
  const whole = known.terms.find(({ id }) => id === term);
  const weeks = Array.from({ length: whole ? weeksOf(whole) : 0 }, (_, i) => i + 1);
  const schools = known.schools.map(({ id, name }) => ({ id, name }));
  return (
    <div class="office-line statistics-filters" data-test="filters">
      {own === null && (
        <>
          <select
            aria-label={w('of.alliance')}
            value={only.alliance ?? ''}
            // A school is a narrower choice than its alliance: one of the two.
            onChange={(event) => onOnly({ ...only, alliance: event.currentTarget.value || null, school: null })}
            data-test="only-alliance"
          >
            <option value="">{w('stat.all_alliances')}</option>
            {known.alliances.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
          <Picker
            options={schools}
            value={only.host_school}
            // Teachers are a school's; a subject is taught at several.
            onPick={(host_school) => onOnly({ ...only, host_school, teacher: null })}
            label={w('of.host_school')}
            none={w('stat.all_host_schools')}
            test="only-host_school"
          />
        </>
      )}
      {(own === null || taughtHere) && (
        <Picker
          options={own === null ? schools : (choices.value?.receivers ?? [])}
          value={only.school}
          onPick={(school) => onOnly({ ...only, school, alliance: null })}
          label={w('of.school')}
          none={w('stat.all_schools')}
          test="only-school"
        />
      )}
      <select
        aria-label={w('of.subject')}
        value={only.subject ?? ''}
        onChange={(event) => onOnly({ ...only, subject: event.currentTarget.value || null })}
        data-test="only-subject"
      >
        <option value="">{w('stat.all_subjects')}</option>
        {withChosen(choices.value?.subjects ?? [], only.subject).map((subject) => (
          <option key={subject} value={subject}>
            {subject}
          </option>
        ))}
      </select>
      <Picker
        options={choices.value?.teachers ?? []}
        value={only.teacher}
        onPick={(teacher) => onOnly({ ...only, teacher })}
        label={w('of.teacher')}
        none={w('stat.all_teachers')}
        test="only-teacher"
      />
      {(['first_week', 'last_week'] as const).map((end) => (
        <select
          key={end}
          aria-label={w(`stat.${end}`)}
          value={only[end] ?? ''}
          onChange={(event) => onOnly({ ...only, [end]: event.currentTarget.value || null })}
          data-test={`only-${end}`}
        >
          <option value="">{w(`stat.${end}`)}</option>
          {weeks.map((week) => (
            <option key={week} value={week}>
              {o('week', { n: week })}
            </option>
          ))}
        </select>
      ))}
    </div>
  );
}

/** What is chosen stays in sight, also where there is none of it. */
function withChosen(all: readonly string[], chosen: string | null): readonly string[] {
  return chosen === null || all.includes(chosen) ? all : [...all, chosen];
}
