import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { type ErrorCode, SoftPromptError } from '../../shared/error.ts'

/** A file's bytes, or null where there is none. Throws `code`, before reading, where it has more than `most` bytes or is no file. */
export function readFile(path: string, most: number, code: ErrorCode): Uint8Array<ArrayBuffer> | null {
  const refusal = (why: string, cause?: unknown) => new SoftPromptError(code, `Cannot read ${path}: ${why}.`, { cause })
  let file: number | null = null
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) // else a pipe would wait here for its writer
    const found = fstatSync(file)
    if (!found.isFile()) throw refusal('it is not a file')
    if (found.size > most) throw refusal(`it has ${found.size} bytes, and at most ${most} are read`)
    const bytes = new Uint8Array(found.size)
    if (readInto(bytes, file, 0) < bytes.length) throw refusal('it became shorter while being read')
    return bytes
  } catch (cause) {
    const { code: reason, message } = cause as NodeJS.ErrnoException
    if (reason === 'ENOENT' || reason === 'ENOTDIR') return null
    throw cause instanceof SoftPromptError ? cause : refusal(message, cause)
  } finally {
    if (file !== null) closeSync(file)
  }
}

/** Fills `buffer` with the open file's bytes from `position` on. Returns how many there were: fewer where the file ends before. */
export function readInto(buffer: Uint8Array, file: number, position: number): number {
  let read = 0
  while (read < buffer.length) {
    const count = readSync(file, buffer, read, buffer.length - read, position + read)
    if (count === 0) break
    read += count
  }
  return read
}
