/** A share of 1 in per cent, never rounded to a certainty that it is not. */
export function percent(share: number): string {
  if (share > 0.9995 && share < 1) return '> 99.9 %'
  if (share > 0 && share < 0.0005) return '< 0.1 %'
  return `${(100 * share).toFixed(1)} %`
}
