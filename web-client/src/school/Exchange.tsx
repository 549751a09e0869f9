import { useRef, useState } from 'preact/hooks';
import { fileAddress } from '../api/client';
import { ApiProblem } from '../api/problem';
import { wallOf } from '../api/zone';
import type { ImportReport, LessonKind, MakeReport, RowError } from '../generated/api';
import { lang } from '../i18n';
import { api, say, serverNow, zone } from '../office/desk';
import { Field, Form } from '../office/Modal';
import { Picker } from '../office/Picker';
import { o } from '../office/words';
import { termAt } from './calendar';
import { Made, madeText } from './Made';
import type { Register } from './register';
import { type Layout, templateAddress } from './template';
import { w } from './words';
import { r } from './words-register';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Timetables from and to files, and the lessons made of them. */
export function Exchange({ register }: { register: Register }) {
  const [termId, setTerm] = useState(() => termAt(register.terms, wallOf(serverNow(), zone()).day)?.id ?? null);
  const term = register.terms.find(({ id }) => id === termId);
  if (!term) return <p class="office-empty">{w('term.none')}</p>;
  return (
    <>
      <div class="office-line">
        <select aria-label={w('term')} value={term.id} onChange={(event) => setTerm(event.currentTarget.value)}>
          {register.terms.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {register.allowed.may('ManageTimetable') && (
        <>
          <Import register={register} term={term.id} />
          <Make school={register.school.id} term={term.id} />
        </>
      )}
      <Export register={register} term={term.id} />
    </>
  );
}

/** How a file is read: a grid is the week of one host classroom, all of one kind. */
interface Sheet {
  layout: Layout;
  classroom: string | null;
  kind: LessonKind;
}

const KINDS: readonly LessonKind[] = ['dedicated', 'famous_teacher', 'famous_school'];

/** The report of an import; a refusal carries one too. */
async function importFile(file: File, school: string, term: string, { layout, classroom, kind }: Sheet): Promise<ImportReport> {
  const csv = /\.csv$/i.test(file.name) || file.type === 'text/csv';
  const body = new Blob([file], { type: csv ? 'text/csv' : XLSX });
  const query = { school, layout, ...(layout === 'grid' ? { classroom, kind } : {}) };
  try {
    return await api.post<ImportReport>(`/terms/${encodeURIComponent(term)}/import`, body, { query });
  } catch (problem) {
    const report = problem instanceof ApiProblem ? (problem.body as Partial<ImportReport> | null) : null;
    if (report && Array.isArray(report.errors)) return report as ImportReport;
    throw problem;
  }
}

function Import({ register, term }: { register: Register; term: string }) {
  const [file, setFile] = useState<File | null>(null);
  const [sheet, setSheet] = useState<Sheet>({ layout: 'list', classroom: null, kind: 'dedicated' });
  const [report, setReport] = useState<ImportReport | null>(null);
  const input = useRef<HTMLInputElement>(null);
  return (
    <section class="office-card">
      <h2>{r('import.heading')}</h2>
      <p class="muted">{r('import.text')}</p>
      <p class="office-line import-template">
        <a class="button small" href={templateAddress(sheet.layout, lang.value)} download={`timetable-${sheet.layout}.csv`} data-test="template">
          {r('import.template')}
        </a>
        <span class="muted small-text">{r(`import.hint_${sheet.layout}`)}</span>
      </p>
      <Form
        send={r('import.send')}
        disabled={file === null || (sheet.layout === 'grid' && sheet.classroom === null)}
        onSend={async () => {
          if (!file) return;
          setReport(null);
          setReport(await importFile(file, register.school.id, term, sheet));
          // The same file, mended, is chosen again: browsers say nothing when the name stays.
          if (input.current) input.current.value = '';
          setFile(null);
        }}
        test="import-form"
      >
        <div class="two">
          <Field label={r('import.file')}>
            <input
              ref={input}
              type="file"
              class="file-input"
              accept=".csv,.xlsx,text/csv"
              onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
              data-test="file"
            />
          </Field>
          <Field label={r('import.layout')}>
            <select value={sheet.layout} onChange={(event) => setSheet({ ...sheet, layout: event.currentTarget.value as Layout })} data-test="layout">
              <option value="list">{r('layout.list')}</option>
              <option value="grid">{r('layout.grid')}</option>
            </select>
          </Field>
          {sheet.layout === 'grid' && <OfGrid register={register} sheet={sheet} onSheet={setSheet} />}
        </div>
      </Form>
      {report && (report.errors.length > 0 ? <Errors errors={report.errors} /> : <Imported report={report} />)}
    </section>
  );
}

/** Whose week the file is, and of which kind its lessons are. */
function OfGrid({ register, sheet, onSheet }: { register: Register; sheet: Sheet; onSheet: (sheet: Sheet) => void }) {
  const options = register.rooms.map(({ id, name }) => ({ id, name }));
  return (
    <>
      <Field label={r('import.classroom')}>
        <Picker
          options={options}
          value={sheet.classroom}
          onPick={(classroom) => onSheet({ ...sheet, classroom })}
          label={r('import.classroom')}
          test="grid-room"
        />
      </Field>
      <Field label={w('lesson.kind')}>
        <select value={sheet.kind} onChange={(event) => onSheet({ ...sheet, kind: event.currentTarget.value as LessonKind })} data-test="grid-kind">
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {o(`kind.${kind}`)}
            </option>
          ))}
        </select>
      </Field>
    </>
  );
}

function Imported({ report }: { report: ImportReport }) {
  return (
    <div role="status" data-test="imported">
      <p class="office-note good report-head">{r('import.done', { created: report.created, unchanged: report.unchanged })}</p>
      {report.lessons && <Made report={report.lessons} />}
    </div>
  );
}

function Errors({ errors }: { errors: readonly RowError[] }) {
  return (
    <div role="alert" data-test="import-errors">
      <p class="office-problem report-head">{r('import.refused', { n: errors.length })}</p>
      <div class="office-table-box report">
        <table class="office-table">
          <thead>
            <tr>
              <th>{r('import.row')}</th>
              <th>{r('import.column')}</th>
              <th>{r('import.message')}</th>
            </tr>
          </thead>
          <tbody>
            {errors.map(({ row, column, message }, index) => (
              <tr key={`${row} ${column} ${index}`} data-test="row-error">
                <td>{row ?? '–'}</td>
                <td>{column ?? '–'}</td>
                <td>{message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Make({ school, term }: { school: string; term: string }) {
  const [report, setReport] = useState<MakeReport | null>(null);
  return (
    <section class="office-card">
      <h2>{r('make.heading')}</h2>
      <p class="muted">{r('make.text')}</p>
      <Form
        send={r('make.send')}
        onSend={async () => {
          const fresh = await api.post<MakeReport>(`/terms/${encodeURIComponent(term)}/lessons`, undefined, { query: { school } });
          setReport(fresh);
          say(madeText(fresh));
        }}
        test="make-form"
      />
      {report && <Made report={report} />}
    </section>
  );
}

function Export({ register, term }: { register: Register; term: string }) {
  const [room, setRoom] = useState<string | null>(null);
  const school = register.school.id;
  const file = (layout: Layout, format: string) =>
    fileAddress(`/terms/${encodeURIComponent(term)}/export`, { school, format, layout, ...(layout === 'grid' ? { classroom: room } : {}) });
  const links = (layout: Layout) =>
    (['xlsx', 'csv'] as const).map((format) => (
      <a key={format} class="button" href={file(layout, format)} download data-test={`export-${layout}-${format}`}>
        {r(`export.${layout}_${format}`)}
      </a>
    ));
  return (
    <section class="office-card">
      <h2>{r('export.heading')}</h2>
      <p class="muted">{r('export.text')}</p>
      <p class="office-line">
        {links('list')}
        <a class="button" href={fileAddress(`/calendars/schools/${encodeURIComponent(school)}`, {})} download>
          {r('export.calendar')}
        </a>
      </p>
      <div class="office-line">
        <Picker
          options={register.rooms.map(({ id, name }) => ({ id, name }))}
          value={room}
          onPick={setRoom}
          label={r('export.classroom')}
          none={r('export.classroom')}
          test="export-room"
        />
        {room !== null && links('grid')}
      </div>
    </section>
  );
}
