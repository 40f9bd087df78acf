import { listTasks } from '../../shared/engine/stored-task.ts'
import { SoftPromptError } from '../../shared/error.ts'
import type { TaskLog } from '../../shared/formats/task-pointer.ts'
import { type Bucket, bucketStore } from './bucket/bucket.ts'
import { withRetries } from './bucket/retry.ts'
import { readLog } from './move-pointer.ts'

/** How long what no published task refers to is kept, in ms. */
export interface Grace {
  /** After it was written: a publish may be using it. */
  readonly written: number
  /** After its task was deleted: somebody may want it back. */
  readonly deleted: number
}

/** A stored package that no published task refers to. */
export interface Unused {
  /** `models/<sha256>/` or `prompts/<sha256>/` */
  readonly folder: string
  readonly keys: readonly string[]
  readonly bytes: number
  /** When its youngest object was written. */
  readonly uploaded: Date
  /** When it may be removed. */
  readonly until: Date
  /** What it is kept by until then. */
  readonly keptBy: keyof Grace
}

/** What can be removed at once, and what its grace still holds. */
export interface Garbage {
  readonly garbage: readonly Unused[]
  readonly held: readonly Unused[]
}

/**
 * The packages that no published task refers to, neither as live nor in the events that its log remembers, as of `now`. Nothing of what is
 * garbage was written lately: a publish that is still running has written its card, or is writing a file, later than that.
 */
export async function findGarbage(bucket: Bucket, grace: Grace, now = new Date()): Promise<Garbage> {
  const { published, deleted } = await referredFolders(bucket)
  const unused: Unused[] = []
  for (const parent of ['prompts/', 'models/']) {
    const folders = new Map<string, Pick<Unused, 'keys' | 'bytes' | 'uploaded'>>()
    for await (const { key, bytes, uploaded } of bucketStore(bucket).list(parent)) {
      const folder = /^[a-z]+\/[0-9a-f]{64}\//.exec(key)?.[0]
      if (folder === undefined || published.has(folder)) continue // what is not named as a package is not ours to remove
      const known = folders.get(folder) ?? { keys: [], bytes: 0, uploaded }
      folders.set(folder, {
        keys: [...known.keys, key],
        bytes: known.bytes + bytes,
        uploaded: uploaded > known.uploaded ? uploaded : known.uploaded,
      })
    }
    for (const [folder, found] of folders) unused.push({ folder, ...found, ...keptUntil(found.uploaded, deleted.get(folder), grace) })
  }
  return { garbage: unused.filter(({ until }) => until <= now), held: unused.filter(({ until }) => until > now) }
}

/**
 * Removes `garbage`, each package's card first, so that what a crash leaves of it is not taken for a whole one. Looks
 * again at each just before: what was written or referred to meanwhile stays. Returns what was removed.
 */
export async function removeGarbage(bucket: Bucket, garbage: readonly Unused[], grace: Grace, now = new Date()): Promise<Unused[]> {
  if (garbage.length === 0) return []
  const still = new Map((await findGarbage(bucket, grace, now)).garbage.map((found) => [found.folder, found]))
  const removed = garbage.flatMap(({ folder }) => still.get(folder) ?? [])
  for (const { folder, keys } of removed) {
    const card = keys.filter((key) => key.endsWith('.json') && ['model.json', 'prompt.json'].includes(key.slice(folder.length)))
    await withRetries(`remove ${folder}`, () => bucket.delete(card))
    const rest = keys.filter((key) => !card.includes(key))
    if (rest.length > 0) await withRetries(`remove ${folder}`, () => bucket.delete(rest))
  }
  return removed
}

/** Until when a package is kept: what lasts longer of the two. */
function keptUntil(uploaded: Date, deleted: number | undefined, grace: Grace): Pick<Unused, 'until' | 'keptBy'> {
  const written = uploaded.getTime() + grace.written
  const wanted = deleted === undefined ? Number.NEGATIVE_INFINITY : deleted + grace.deleted
  return wanted > written ? { until: new Date(wanted), keptBy: 'deleted' } : { until: new Date(written), keptBy: 'written' }
}

/**
 * The folders to which the logs of published tasks refer, and those to which deleted tasks' do, with the time at which the last of these was
 * deleted. Throws where a log cannot be read: then nothing is known to be garbage.
 */
async function referredFolders(bucket: Bucket): Promise<{ published: Set<string>; deleted: Map<string, number> }> {
  const published = new Set<string>()
  const deleted = new Map<string, number>()
  for (const task of (await listTasks(bucketStore(bucket))).names) {
    const found = await readLog(bucket, task).catch((cause: SoftPromptError) => {
      if (cause.code === 'interrupted') throw cause
      throw new SoftPromptError('storage', `Cannot tell what is garbage: ${cause.message} Nothing was removed. After that run gc again.`, {
        cause,
      })
    })
    const [newest] = found?.log.events ?? []
    for (const folder of found === null ? [] : foldersOf(found.log)) {
      if (newest?.by !== 'delete') published.add(folder)
      else deleted.set(folder, Math.max(Date.parse(newest.when), deleted.get(folder) ?? 0))
    }
  }
  return { published, deleted }
}

function foldersOf({ events }: TaskLog): string[] {
  return events.flatMap((event) => {
    if (event.by === 'delete') return []
    const { prompt, models } = event.version
    return [`prompts/${prompt}/`, ...Object.values(models).map((model) => `models/${model}/`)]
  })
}
