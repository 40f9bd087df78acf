import { closeSync } from 'node:fs'
import { basename } from 'node:path'
import { SoftPromptError } from '../../../shared/error.ts'
import { openFile, readInto } from '../../disk/read-file.ts'
import type { SourceFile } from './upload.ts'

/** A file on disk with the size and hash that its card gives. Throws where it is missing or has another size. */
export async function fileSource(path: string, { bytes, sha256 }: { bytes: number; sha256: string }): Promise<SourceFile> {
  const found = openFile(path, 'invalid_file')
  if (found !== null) closeSync(found.file)
  if (found?.size !== bytes) {
    throw new SoftPromptError(
      'invalid_file',
      `Cannot read ${path}: its card describes a file of ${bytes} bytes, and ${found === null ? 'there is none' : `this has ${found.size}`}. Make the package again.`,
    )
  }
  return {
    name: basename(path),
    bytes,
    sha256,
    async read(begin, end) {
      const part = new Uint8Array(end - begin)
      const opened = openFile(path, 'invalid_file')
      if (opened === null) {
        throw new SoftPromptError('invalid_file', `Cannot read ${path}: it was removed while being uploaded. Make the package again.`)
      }
      try {
        const read = readInto(part, opened.file, begin)
        if (read < part.length)
          throw new SoftPromptError(
            'invalid_file',
            `Cannot read ${path}: it ended at byte ${begin + read} while being uploaded. Was it changed?`,
          )
      } finally {
        closeSync(opened.file)
      }
      return part
    },
  }
}
