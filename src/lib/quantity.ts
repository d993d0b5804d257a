const SIZE_UNITS = ['KiB', 'MiB', 'GiB', 'TiB'] as const;
const TIME_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Bytes of a size such as `20GiB`, `128 KiB` or `4096`; null when it is not one. */
export function parseSize(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB|TiB)?\s*$/.exec(text);
  if (match === null) return null;
  const power = SIZE_UNITS.indexOf(match[2] as (typeof SIZE_UNITS)[number]) + 1;
  const bytes = Number(match[1]) * 1024 ** power;
  return Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : null;
}

/** Milliseconds of a time such as `24h`, `90s` or `500ms`; null when it is not one. */
export function parseDuration(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/.exec(text);
  const unit = TIME_UNITS[match?.[2] ?? ''];
  return match === null || unit === undefined ? null : Math.round(Number(match[1]) * unit);
}

/** A size for people: `1.5 GiB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  for (const next of SIZE_UNITS) {
    if (value < 1024) break;
    value /= 1024;
    unit = next;
  }
  const digits = unit === 'B' || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}

/** A duration for people: `2h 5m`, `90s`, `0.4s`. Milliseconds in. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? together(hours, 'h', minutes % 60, 'm')
    : together(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function together(most: number, unit: string, rest: number, smaller: string): string {
  return rest === 0 ? `${most}${unit}` : `${most}${unit} ${rest}${smaller}`;
}
