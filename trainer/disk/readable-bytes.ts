const units = ['kB', 'MB', 'GB', 'TB']

/** `bytes` as people say it: 1,536 is "1.5 kB". */
export function readableBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  let [value, unit] = [bytes / 1000, 0]
  // rounded to 1000.0 it is said in the next unit
  for (; value >= 999.95 && unit < units.length - 1; unit++) value /= 1000
  return `${value.toFixed(1)} ${units[unit]}`
}
