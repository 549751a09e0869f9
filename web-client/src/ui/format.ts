// Figures as people read them. Pure.

/** `07:05`, `1:02:03`; dashes before the start. */
export function clockText(seconds: number | null): string {
  if (seconds === null) return '--:--';
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** `0`, `640 k`, `1.7 M`, `12 M`: bits a second. */
export function bitsText(bps: number): string {
  if (bps < 500) return '0';
  if (bps < 999_500) return `${Math.round(bps / 1000)} k`;
  if (bps < 999_500_000) return `${decimal(bps / 1e6)} M`;
  return `${decimal(bps / 1e9)} G`;
}

function decimal(value: number): string {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}

/** `0 %`, `0.4 %`, `12 %`. */
export function shareText(share: number): string {
  const percent = share * 100;
  if (percent < 0.05) return '0 %';
  return percent < 9.95 ? `${percent.toFixed(1)} %` : `${Math.round(percent)} %`;
}

/** `08:15`, the local time of day. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}
