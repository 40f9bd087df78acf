import { createHash } from 'node:crypto'
import { closeSync, fstatSync } from 'node:fs'
import { SoftPromptError } from '../../shared/error.ts'
import { openFile, readInto } from '../disk/read-file.ts'
import { notText } from './known-bytes.ts'
import type { Contents } from './readers/reader.ts'

/** So many bytes are read at once. */
const pieceBytes = 2 ** 20

/** A file of examples that is open for reading, until it is closed. */
export interface OpenedFile extends Contents {
  /** SHA-256 of its bytes. Throws `invalid_data` where they were changed since it was opened. */
  sha256(): string
  close(): void
}

/** Opens a file of examples. Throws `invalid_data` where it is none. */
export function openExamples(path: string): OpenedFile {
  const opened = openFile(path, 'invalid_data')
  if (opened === null) throw new SoftPromptError('invalid_data', `Cannot read ${path}: there is no such file.`)
  const { file, size } = opened
  const { mtimeMs } = fstatSync(file)
  const cannot = (why: string, cause?: unknown) => new SoftPromptError('invalid_data', `Cannot read ${path}: ${why}`, { cause })

  const bytes = (start: number, end: number) => {
    const read = new Uint8Array(end - start)
    let count: number
    try {
      count = readInto(read, file, start)
    } catch (cause) {
      throw cannot(`${(cause as Error).message}.`, cause)
    }
    if (count < read.length) throw cannot('it became shorter while being read.')
    return read
  }
  function* pieces() {
    for (let start = 0; start < size; start += pieceBytes) yield bytes(start, Math.min(size, start + pieceBytes))
  }
  return {
    size,
    bytes,
    *text() {
      const decoder = new TextDecoder('utf-8', { fatal: true }) // which also drops a byte order mark
      const decoded = (piece?: Uint8Array) => {
        try {
          return decoder.decode(piece, { stream: piece !== undefined })
        } catch (cause) {
          throw cannot(notText(bytes(0, Math.min(size, 8))), cause)
        }
      }
      for (const piece of pieces()) yield decoded(piece)
      yield decoded()
    },
    sha256() {
      const hash = createHash('sha256')
      for (const piece of pieces()) hash.update(piece)
      const now = fstatSync(file)
      if (now.mtimeMs !== mtimeMs || now.size !== size) throw cannot('it was changed while being read. Start again.')
      return hash.digest('hex')
    },
    close: () => closeSync(file),
  }
}
