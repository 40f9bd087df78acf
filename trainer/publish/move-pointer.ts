import { SoftPromptError } from '../../shared/error.ts'
import { cardText } from '../../shared/formats/card.ts'
import { maxBytes } from '../../shared/formats/limits.ts'
import { taskKey } from '../../shared/formats/storage-keys.ts'
import {
  makePointer,
  parsePointer,
  sameVersion,
  type TaskPointer,
  type TaskVersion,
  versionsOf,
} from '../../shared/formats/task-pointer.ts'
import { type Bucket, httpMetadata, readVersioned } from './bucket/bucket.ts'
import { withRetries } from './bucket/retry.ts'

/** How often a pointer that somebody else changed meanwhile is read again and tried anew. */
const attempts = 3

/** What a pointer was and is: the same object twice where nothing changed. */
export interface Moved {
  readonly before: TaskPointer | null
  readonly after: TaskPointer
}

/** The pointer of `task` with its etag, or null where it is not published. Throws `invalid_file`, with the way out, where the object is no pointer. */
export async function readPointer(bucket: Bucket, task: string): Promise<{ pointer: TaskPointer; etag: string } | null> {
  const object = await readVersioned(bucket, taskKey(task), maxBytes.pointer)
  return object && { pointer: parsePointer(object.bytes, task), etag: object.etag }
}

/** The pointer of `task`. Throws `unknown_task` where it is not published. */
export async function requirePointer(bucket: Bucket, task: string): Promise<TaskPointer> {
  const found = await readPointer(bucket, task)
  if (found === null) throw unknownTask(task)
  return found.pointer
}

/**
 * Changes the pointer of `task`: the only step of a publish that anybody can see. `next` is given the pointer as it is
 * (null where there is none) and returns what it should be, or the same object to leave it; it is asked again where
 * somebody else changed the pointer meanwhile. Throws `conflict` where that goes on.
 */
export async function movePointer(bucket: Bucket, task: string, next: (current: TaskPointer | null) => TaskPointer): Promise<Moved> {
  const key = taskKey(task)
  let tried: Moved | null = null // sent, and an error came back
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await readPointer(bucket, task)
    const before = found?.pointer ?? null
    if (tried !== null && before !== null && cardText(tried.after) === cardText(before)) return tried // it was written, and only the answer was lost
    const after = next(before)
    if (after === before) return { before, after }
    const onlyIf = found === null ? { etagDoesNotMatch: '*' } : { etagMatches: found.etag }
    let failed = false
    const written = await withRetries(`write ${key}`, () =>
      bucket.put(key, cardText(after), { onlyIf, httpMetadata: httpMetadata(key) }).catch((error) => {
        failed = true
        throw error
      }),
    )
    if (written !== null) return { before, after }
    tried = failed ? { before, after } : null
  }
  throw new SoftPromptError(
    'conflict',
    `Cannot change task ${task}: somebody else changed it ${attempts} times meanwhile. Look at it with softprompt show ${task}, then try again.`,
  )
}

/** `version` made live, the one that was live before becoming the newest of `history`. The same pointer where it is live already. */
export function withLive(current: TaskPointer | null, version: TaskVersion): TaskPointer {
  if (current === null) return makePointer(version, [])
  if (sameVersion(current.live, version)) return current
  return makePointer(
    version,
    versionsOf(current).filter((other) => !samePrompt(other, version)),
  )
}

/**
 * `version` with the packages of its base, in other weight formats, that the live version of the same prompt has: publishing one more
 * format takes none away.
 */
export function withFormats(current: TaskPointer | null, version: TaskVersion): TaskVersion {
  if (current === null || !samePrompt(current.live, version)) return version
  return { ...version, models: { ...current.live.models, ...version.models } }
}

function samePrompt(a: TaskVersion, b: TaskVersion): boolean {
  return a.prompt === b.prompt && a.base === b.base
}

export function unknownTask(task: string): SoftPromptError {
  return new SoftPromptError('unknown_task', `Cannot find task ${task} in the bucket. softprompt list shows what is published.`, {
    param: 'task',
  })
}
