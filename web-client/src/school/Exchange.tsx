import { useRef, useState } from 'preact/hooks';
import { fileAddress } from '../api/client';
import { ApiProblem } from '../api/problem';
import { wallOf } from '../api/zone';
import type { ImportReport, MakeReport, RowError } from '../generated/api';
import { api, say, serverNow, zone } from '../office/desk';
import { Field, Form } from '../office/Modal';
import { termAt } from './calendar';
import type { Register } from './register';
import { w } from './words';
import { r } from './words-register';

type Layout = 'list' | 'grid';
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
      <Import school={register.school.id} term={term.id} />
      <Make term={term.id} />
      <Export school={register.school.id} term={term.id} />
    </>
  );
}

/** The report of an import; a refusal carries one too. */
async function importFile(file: File, school: string, term: string, layout: Layout): Promise<ImportReport> {
  const csv = /\.csv$/i.test(file.name) || file.type === 'text/csv';
  const body = new Blob([file], { type: csv ? 'text/csv' : XLSX });
  try {
    return await api.post<ImportReport>(`/terms/${encodeURIComponent(term)}/import`, body, { query: { school, layout } });
  } catch (problem) {
    const report = problem instanceof ApiProblem ? (problem.body as Partial<ImportReport> | null) : null;
    if (report && Array.isArray(report.errors)) return report as ImportReport;
    throw problem;
  }
}

function Import({ school, term }: { school: string; term: string }) {
  const [file, setFile] = useState<File | null>(null);
  const [layout, setLayout] = useState<Layout>('list');
  const [report, setReport] = useState<ImportReport | null>(null);
  const input = useRef<HTMLInputElement>(null);
  return (
    <section class="office-card">
      <h2>{r('import.heading')}</h2>
      <p class="muted">{r('import.text')}</p>
      <Form
        send={r('import.send')}
        disabled={file === null}
        onSend={async () => {
          if (!file) return;
          setReport(null);
          setReport(await importFile(file, school, term, layout));
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
            <select value={layout} onChange={(event) => setLayout(event.currentTarget.value as Layout)} data-test="layout">
              <option value="list">{r('layout.list')}</option>
              <option value="grid">{r('layout.grid')}</option>
            </select>
          </Field>
        </div>
      </Form>
      {report && (report.errors.length > 0 ? <Errors errors={report.errors} /> : <Imported report={report} />)}
    </section>
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

function Make({ term }: { term: string }) {
  const [report, setReport] = useState<MakeReport | null>(null);
  return (
    <section class="office-card">
      <h2>{r('make.heading')}</h2>
      <p class="muted">{r('make.text')}</p>
      <Form
        send={r('make.send')}
        onSend={async () => {
          const fresh = await api.post<MakeReport>(`/terms/${encodeURIComponent(term)}/lessons`);
          setReport(fresh);
          say(madeText(fresh));
        }}
        test="make-form"
      />
      {report && <Made report={report} />}
    </section>
  );
}

function madeText({ created, updated, cancelled, past }: MakeReport): string {
  return r('make.done', { created, updated, cancelled, past });
}

function Made({ report }: { report: MakeReport }) {
  return (
    <div data-test="made">
      <p class="office-note good report-head">{madeText(report)}</p>
      {(['kept', 'skipped'] as const).map(
        (list) =>
          report[list].length > 0 && (
            <details key={list}>
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

function Export({ school, term }: { school: string; term: string }) {
  return (
    <section class="office-card">
      <h2>{r('export.heading')}</h2>
      <p class="muted">{r('export.text')}</p>
      <p class="export-links">
        {(['list', 'grid'] as const).map((layout) =>
          (['xlsx', 'csv'] as const).map((format) => (
            <a
              key={`${layout} ${format}`}
              class="button"
              href={fileAddress(`/terms/${encodeURIComponent(term)}/export`, { school, format, layout })}
              download
              data-test={`export-${layout}-${format}`}
            >
              {r(`export.${layout}_${format}`)}
            </a>
          )),
        )}
        <a class="button" href={fileAddress(`/calendars/schools/${encodeURIComponent(school)}`, {})} download>
          {r('export.calendar')}
        </a>
      </p>
    </section>
  );
}
