import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { SoftPromptError } from '../../../shared/error.ts'
import { readInto } from '../../disk/read-file.ts'
import type { SourceFile } from './upload.ts'

/** A file on disk with the size and hash that its card gives. Throws where it is missing or has another size. */
export async function fileSource(path: string, { bytes, sha256 }: { bytes: number; sha256: string }): Promise<SourceFile> {
  const found = await stat(path).catch(() => null)
  if (found?.size !== bytes || !found.isFile()) {
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
      const file = await open(path, 'r')
      try {
        const read = readInto(part, file.fd, begin)
        if (read < part.length)
          throw new SoftPromptError(
            'invalid_file',
            `Cannot read ${path}: it ended at byte ${begin + read} while being uploaded. Was it changed?`,
          )
      } finally {
        await file.close()
      }
      return part
    },
  }
}
