import { closeSync, openSync, readSync, statSync } from 'node:fs'

/** Whether a file begins with `mark`, or is empty: one that we wrote, or that nobody would miss. */
export function beginsWith(path: string, mark: string): boolean {
  if (!statSync(path).isFile()) return false // a pipe would wait for its writer
  const file = openSync(path, 'r')
  try {
    const bytes = new Uint8Array(new TextEncoder().encode(mark).length)
    const read = readSync(file, bytes)
    return read === 0 || new TextDecoder().decode(bytes.subarray(0, read)) === mark
  } finally {
    closeSync(file)
  }
}
