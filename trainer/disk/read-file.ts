import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { type ErrorCode, SoftPromptError } from '../../shared/error.ts'

/** Node reads no more than 2³¹ − 1 bytes at once. */
const maxReadBytes = 2 ** 30

/** A file open for reading, to be closed by the caller, or null where there is none. Throws `code` where it is no file, or cannot be opened. */
export function openFile(path: string, code: ErrorCode): { file: number; size: number } | null {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK) // else a pipe would wait here for its writer
  } catch (cause) {
    const { code: reason, message } = cause as NodeJS.ErrnoException
    if (reason === 'ENOENT' || reason === 'ENOTDIR') return null
    throw unreadable(path, message, code, cause)
  }
  const found = fstatSync(file)
  if (found.isFile()) return { file, size: found.size }
  closeSync(file)
  throw unreadable(path, 'it is not a file', code)
}

/** A file's bytes, or null where there is none. Throws `code`, before reading, where it has more than `most` bytes or is no file. */
export function readFile(path: string, most: number, code: ErrorCode): Uint8Array<ArrayBuffer> | null {
  const opened = openFile(path, code)
  if (opened === null) return null
  const { file, size } = opened
  try {
    if (size > most) throw unreadable(path, `it has ${size} bytes, and at most ${most} are read`, code)
    const bytes = new Uint8Array(size)
    if (readInto(bytes, file, 0) < size) throw unreadable(path, 'it became shorter while being read', code)
    return bytes
  } catch (cause) {
    throw cause instanceof SoftPromptError ? cause : unreadable(path, (cause as Error).message, code, cause)
  } finally {
    closeSync(file)
  }
}

/** How many bytes a file has, or null where there is none. Throws `code` where it is no file, or cannot be opened. */
export function fileSize(path: string, code: ErrorCode): number | null {
  const opened = openFile(path, code)
  if (opened === null) return null
  closeSync(opened.file)
  return opened.size
}

/** Throws `code` where there is no folder `directory`: the reason why a file is not in it. */
export function requireFolder(directory: string, code: ErrorCode): void {
  try {
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return
  } catch (cause) {
    throw unreadable(directory, (cause as Error).message, code, cause) // a link to itself
  }
  throw new SoftPromptError(code, `Cannot read ${JSON.stringify(directory)}: there is no such folder. Is its name right?`)
}

/** Fills `buffer` with the open file's bytes from `position` on. Returns how many there were: fewer where the file ends before. */
export function readInto(buffer: Uint8Array, file: number, position: number): number {
  let read = 0
  while (read < buffer.length) {
    const count = readSync(file, buffer, read, Math.min(maxReadBytes, buffer.length - read), position + read)
    if (count === 0) break
    read += count
  }
  return read
}

function unreadable(path: string, why: string, code: ErrorCode, cause?: unknown): SoftPromptError {
  return new SoftPromptError(code, `Cannot read ${path}: ${why}.`, { cause })
}
