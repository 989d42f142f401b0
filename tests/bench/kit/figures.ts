/** Small sums over measurements, and how they are shown. */

export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Of cost against size, between the smallest and the largest: 1 is linear, 0 is flat. */
export function exponent(points: readonly (readonly [size: number, cost: number])[]): number {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last) return Number.NaN;
  return Math.log(last[1] / first[1]) / Math.log(last[0] / first[0]);
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function ms(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(0) : count(value);
}

export function kilobytes(bytes: number): string {
  return bytes < 100_000
    ? `${(bytes / 1000).toFixed(1)} KB`
    : bytes < 10_000_000
      ? `${count(bytes / 1000)} KB`
      : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function times(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(value < 10 ? 2 : 1)}x` : '-';
}
