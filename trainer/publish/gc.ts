import { listTasks } from '../../shared/engine/stored-task.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { versionsOf } from '../../shared/formats/task-pointer.ts'
import { type Bucket, bucketStore } from './bucket/bucket.ts'
import { withRetries } from './bucket/retry.ts'
import { readPointer } from './move-pointer.ts'

/** A stored package that no task refers to. */
export interface Garbage {
  /** `models/<sha256>/` or `prompts/<sha256>/` */
  readonly folder: string
  readonly keys: readonly string[]
  readonly bytes: number
  /** When its youngest object was written. */
  readonly uploaded: Date
}

/**
 * The packages to which no pointer refers, neither as live nor as previous, and of which nothing was written since
 * `before`: a publish that is still running has written its card, or is writing a file, later than that.
 */
export async function findGarbage(bucket: Bucket, before: Date): Promise<Garbage[]> {
  const referred = await referredFolders(bucket)
  const found: Garbage[] = []
  for (const parent of ['prompts/', 'models/']) {
    const folders = new Map<string, { keys: string[]; bytes: number; uploaded: Date }>()
    for await (const { key, bytes, uploaded } of bucketStore(bucket).list(parent)) {
      const folder = /^[a-z]+\/[0-9a-f]{64}\//.exec(key)?.[0]
      if (folder === undefined || referred.has(folder)) continue // what is not named as a package is not ours to remove
      const known = folders.get(folder) ?? { keys: [], bytes: 0, uploaded }
      known.keys.push(key)
      folders.set(folder, { keys: known.keys, bytes: known.bytes + bytes, uploaded: uploaded > known.uploaded ? uploaded : known.uploaded })
    }
    for (const [folder, rest] of folders) if (rest.uploaded < before) found.push({ folder, ...rest })
  }
  return found
}

/**
 * Removes `garbage`, each package's card first, so that what a crash leaves of it is not taken for a whole one. Looks
 * again at each just before: what was written or referred to meanwhile stays. Returns what was removed.
 */
export async function removeGarbage(bucket: Bucket, garbage: readonly Garbage[], before: Date): Promise<Garbage[]> {
  if (garbage.length === 0) return []
  const still = new Map((await findGarbage(bucket, before)).map((found) => [found.folder, found]))
  const removed = garbage.flatMap(({ folder }) => still.get(folder) ?? [])
  for (const { folder, keys } of removed) {
    const card = keys.filter((key) => key.endsWith('.json') && ['model.json', 'prompt.json'].includes(key.slice(folder.length)))
    await withRetries(`remove ${folder}`, () => bucket.delete(card))
    const rest = keys.filter((key) => !card.includes(key))
    if (rest.length > 0) await withRetries(`remove ${folder}`, () => bucket.delete(rest))
  }
  return removed
}

/** The folders that any task's pointer refers to. Throws where a pointer cannot be read: then nothing is known to be garbage. */
async function referredFolders(bucket: Bucket): Promise<Set<string>> {
  const folders = new Set<string>()
  for (const task of (await listTasks(bucketStore(bucket))).names) {
    const found = await readPointer(bucket, task).catch((cause: SoftPromptError) => {
      if (cause.code === 'interrupted') throw cause
      throw new SoftPromptError('storage', `Cannot tell what is garbage: ${cause.message} Nothing was removed. After that run gc again.`, {
        cause,
      })
    })
    for (const { prompt, models } of found === null ? [] : versionsOf(found.pointer)) {
      folders.add(`prompts/${prompt}/`)
      for (const model of Object.values(models)) folders.add(`models/${model}/`)
    }
  }
  return folders
}
