// A list at a desk: its headings and rows, and what stands there while there is nothing in it.
import type { ComponentChildren } from 'preact';

/** A heading: its words, those of a column of numbers, or none above the buttons of a row. */
type Heading = string | { number: string } | null;

/** Rows under headings; `children` are the rows. A wide one scrolls by itself. */
export function Table({ head, children }: { head: readonly Heading[]; children: ComponentChildren }) {
  return (
    <div class="office-table-box">
      <table class="office-table">
        <thead>
          <tr>
            {head.map((heading, index) => {
              if (heading === null) return <th key={index} />;
              return typeof heading === 'string' ? (
                <th key={index}>{heading}</th>
              ) : (
                <th key={index} class="number">
                  {heading.number}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** There is nothing yet, and what to do about it. */
export function Empty({ title, text, test }: { title: string; text: string; test?: string }) {
  return (
    <section class="office-empty" data-test={test}>
      <h2>{title}</h2>
      <p>{text}</p>
    </section>
  );
}
