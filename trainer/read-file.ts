import { readFileSync, statSync } from 'node:fs'
import { type ErrorCode, SoftPromptError } from '../shared/error.ts'

/** A file's bytes, or null where there is none. Throws, before reading, where it has more than `most` bytes or is no file. */
export function readFile(path: string, most: number, code: ErrorCode): Uint8Array<ArrayBuffer> | null {
  const refuse = (why: string, cause?: unknown) => new SoftPromptError(code, `Cannot read ${path}: ${why}.`, { cause })
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return null
  if (!found.isFile()) throw refuse('it is not a file')
  if (found.size > most) throw refuse(`it has ${found.size} bytes, and at most ${most} are read`)
  try {
    return new Uint8Array(readFileSync(path))
  } catch (cause) {
    throw refuse((cause as Error).message, cause)
  }
}
