import { createHash } from 'node:crypto'
import type { R2Object } from '@cloudflare/workers-types'
import { SoftPromptError } from '../../../shared/error.ts'
import { readableBytes } from '../../disk/readable-bytes.ts'
import { type Bucket, hashObject } from './bucket.ts'
import { withRetries } from './retry.ts'
import { type SourceFile, uploadFile } from './upload.ts'

/** A card written so many ms ago is not written again: many tasks are published on one model. */
const young = 60_000

/** A package ready to be stored: `models/<id>/` or `prompts/<id>/`, its card apart from the files that the card describes. */
export interface StoredPackage {
  /** With "/" at its end. */
  readonly folder: string
  readonly card: SourceFile
  readonly files: readonly SourceFile[]
}

/** `kind` + the SHA-256 of the card, which names the package because the card holds the hashes of its other files. */
export function storedPackage(
  kind: 'models' | 'prompts',
  cardName: string,
  card: Uint8Array,
  files: readonly SourceFile[],
): StoredPackage & { id: string } {
  const id = createHash('sha256').update(card).digest('hex')
  return { id, folder: `${kind}/${id}/`, card: { ...inMemory(cardName, card), sha256: id }, files }
}

export function inMemory(name: string, bytes: Uint8Array): SourceFile {
  return {
    name,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    read: async (begin, end) => new Uint8Array(bytes.subarray(begin, end)),
  }
}

/**
 * Stores a package, the largest file first and the card last: where the card is, the rest is, and was read back. Files
 * that are there already with the right bytes stay. A card that is there already is written anew, which makes the package
 * young again to `gc`, unless that has just been done. Aborted between two files by `signal`. `status` is told how far a
 * large file is.
 */
export async function uploadPackage(
  bucket: Bucket,
  { folder, card, files }: StoredPackage,
  signal: AbortSignal,
  log: (line: string) => void,
  status: (line: string) => void = () => {},
): Promise<void> {
  const cardThere = await head(bucket, folder + card.name)
  const whole = await isThere(bucket, folder, card, cardThere, false)
  for (const file of files.toSorted((a, b) => b.bytes - a.bytes)) {
    if (await isThere(bucket, folder, file, await head(bucket, folder + file.name), whole)) continue
    checkNotAborted(signal)
    log(`uploading ${folder}${file.name} (${readableBytes(file.bytes)})`)
    const progress = (bytes: number) => status(`${Math.floor((100 * bytes) / file.bytes)} % of ${file.name}`)
    await uploadFile(bucket, folder + file.name, file, progress)
  }
  if (whole && cardThere !== null && Date.now() - cardThere.uploaded.getTime() < young) return
  checkNotAborted(signal)
  await uploadFile(bucket, folder + card.name, card)
}

/** The first file of the package that is missing from the bucket or has another size; null where all are there. */
export async function missingFile(
  bucket: Bucket,
  folder: string,
  files: readonly Pick<SourceFile, 'name' | 'bytes'>[],
): Promise<string | null> {
  for (const { name, bytes } of files) {
    if ((await head(bucket, folder + name))?.size !== bytes) return folder + name
  }
  return null
}

export function checkNotAborted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new SoftPromptError(
      'interrupted',
      'Interrupted before the task was changed. What is uploaded already is used by the next publish.',
    )
}

/**
 * Whether `there` is `file`: by the SHA-256 that R2 has checked, by the one that was noted when it went up where it was `readBack` since,
 * or else by its bytes, which are read. R2 keeps none for what went up in parts, S3 need not, and a folder notes nothing.
 */
async function isThere(bucket: Bucket, folder: string, file: SourceFile, there: R2Object | null, readBack: boolean): Promise<boolean> {
  if (there?.size !== file.bytes) return false
  const known = there.checksums.toJSON().sha256 ?? (readBack ? there.customMetadata?.sha256 : undefined)
  return (known ?? (await hashObject(bucket, folder + file.name))?.sha256) === file.sha256
}

function head(bucket: Bucket, key: string) {
  return withRetries(`look up ${key}`, () => bucket.head(key))
}
