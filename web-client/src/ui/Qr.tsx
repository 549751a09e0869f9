import qrcode from 'qrcode-generator';

/** Light cells around the code, which cameras need. */
const QUIET = 4;

/** A text as a QR code, drawn as one path: no picture is fetched. */
export function Qr({ text, label }: { text: string; label: string }) {
  // 0: as small as the text needs. M: 15 % of it may be lost, to a fingerprint or a reflection.
  const code = qrcode(0, 'M');
  code.addData(text, 'Byte');
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * QUIET;
  let path = '';
  for (let row = 0; row < count; row += 1)
    for (let column = 0; column < count; column += 1) if (code.isDark(row, column)) path += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges" data-test="qr">
      <title>{label}</title>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
