// The smallest Excel file (.xlsx) that other programs open too: one sheet of texts, in a ZIP archive (APPNOTE.TXT 4.3) whose parts are stored as they are.

import { crc32 } from 'node:zlib';

const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const SHEET = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const KINDS = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** The file of a table of texts and numbers. */
export function xlsx(name, rows) {
  const relation = (kind, target) => `${HEAD}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="r1" Type="${OFFICE}/${kind}" Target="${target}"/></Relationships>`;
  const override = (part, kind) => `<Override PartName="/xl/${part}" ContentType="${KINDS}.${kind}+xml"/>`;
  const types = `<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>${override('workbook.xml', 'sheet.main')}${override('sheet.xml', 'worksheet')}`;
  return zip({
    '[Content_Types].xml': `${HEAD}<Types xmlns="${PACKAGE}/content-types">${types}</Types>`,
    '_rels/.rels': relation('officeDocument', 'xl/workbook.xml'),
    'xl/workbook.xml': `${HEAD}<workbook xmlns="${SHEET}" xmlns:r="${OFFICE}"><sheets><sheet name="${escape(name)}" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relation('worksheet', 'sheet.xml'),
    'xl/sheet.xml': `${HEAD}<worksheet xmlns="${SHEET}"><sheetData>${rows.map(rowOf).join('')}</sheetData></worksheet>`,
  });
}

function rowOf(cells, row) {
  const cell = (value, column) => {
    const place = `${String.fromCharCode(65 + column)}${row + 1}`;
    return typeof value === 'number' ? `<c r="${place}"><v>${value}</v></c>` : `<c r="${place}" t="inlineStr"><is><t>${escape(value)}</t></is></c>`;
  };
  return `<row r="${row + 1}">${cells.map(cell).join('')}</row>`;
}

const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** An archive of named texts. */
function zip(parts) {
  const [bodies, directory] = [[], []];
  let offset = 0;
  for (const [name, text] of Object.entries(parts)) {
    const [path, body] = [Buffer.from(name), Buffer.from(text)];
    // Needed version 2.0, UTF-8, stored, 1 January 2026 (seven bits of years since 1980), checksum, sizes, length of the name.
    const common = numbers([2, 20], [2, 0x800], [2, 0], [2, 0], [2, (46 << 9) | (1 << 5) | 1], [4, crc32(body)], [4, body.length], [4, body.length], [2, path.length], [2, 0]);
    bodies.push(numbers([4, 0x04034b50]), common, path, body);
    directory.push(numbers([4, 0x02014b50], [2, 20]), common, numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), path);
    offset += 4 + common.length + path.length + body.length;
  }
  const entries = Buffer.concat(directory);
  const count = Object.keys(parts).length;
  const end = numbers([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, entries.length], [4, offset], [2, 0]);
  return Buffer.concat([...bodies, entries, end]);
}

/** Numbers of so many bytes each, the least significant first. */
function numbers(...fields) {
  return Buffer.concat(
    fields.map(([size, value]) => {
      const bytes = Buffer.alloc(size);
      bytes.writeUIntLE(value, 0, size);
      return bytes;
    }),
  );
}
