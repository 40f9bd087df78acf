import { SoftPromptError } from '../../shared/error.ts'
import { cardText } from '../../shared/formats/card.ts'
import { maxBytes } from '../../shared/formats/limits.ts'
import { taskKey } from '../../shared/formats/storage-keys.ts'
import {
  loggedVersions,
  parseLog,
  pointerOf,
  samePrompt,
  sameVersion,
  TaskLog,
  type TaskPointer,
  type TaskVersion,
  withEvent,
} from '../../shared/formats/task-pointer.ts'
import { type Bucket, httpMetadata, readVersioned } from './bucket/bucket.ts'
import { withRetries } from './bucket/retry.ts'

/** How often a log that somebody else has written to meanwhile is read again and tried anew. */
const attempts = 3

/** What a task's log was and is: the same object twice where nothing changed. */
interface Moved {
  readonly before: TaskLog | null
  readonly after: TaskLog
}

/** What a command made of a task. */
export interface Changed {
  readonly live: TaskVersion
  /** The version that was live before; null where none was. */
  readonly replaced: TaskVersion | null
  /** False where `live` was live already. */
  readonly changed: boolean
}

/** The log of `task` with its etag, or null where it was never published. Throws `invalid_file`, with the way out, where the object is none. */
export async function readLog(bucket: Bucket, task: string): Promise<{ log: TaskLog; etag: string } | null> {
  const object = await readVersioned(bucket, taskKey(task), maxBytes.pointer)
  return object && { log: parseLog(object.bytes, task), etag: object.etag }
}

/** The log of `task`, deleted or not. Throws `unknown_task` where it was never published. */
export async function requireLog(bucket: Bucket, task: string): Promise<TaskLog> {
  const found = await readLog(bucket, task)
  if (found === null) throw unknownTask(task)
  return found.log
}

/** Where `task` points. Throws `unknown_task` where it is not published. */
export async function requirePublished(bucket: Bucket, task: string): Promise<TaskPointer> {
  const log = await requireLog(bucket, task)
  const pointer = pointerOf(log)
  if (pointer === null) throw deletedTask(task, log)
  return pointer
}

/**
 * Writes to the log of `task`: the only step of a publish that anybody can see. `next` is given the log as it is (null where there is none)
 * and returns what it should be, or the same object to leave it; it is asked again where somebody else has written meanwhile. Throws
 * `conflict` where that goes on.
 */
export async function movePointer(bucket: Bucket, task: string, next: (current: TaskLog | null) => TaskLog): Promise<Moved> {
  const key = taskKey(task)
  let tried: Moved | null = null // sent, and an error came back
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await readLog(bucket, task)
    const before = found?.log ?? null
    if (tried !== null && before !== null && cardText(tried.after) === cardText(before)) return tried // it was written, and only the answer was lost
    const after = next(before)
    if (after === before) return { before, after }
    const text = cardText(TaskLog.parse(after)) // what could not be read again is never written
    const onlyIf = found === null ? { etagDoesNotMatch: '*' } : { etagMatches: found.etag }
    let failed = false
    const written = await withRetries(`write ${key}`, () =>
      bucket.put(key, text, { onlyIf, httpMetadata: httpMetadata(key) }).catch((error) => {
        failed = true
        throw error
      }),
    )
    if (written !== null) return { before, after }
    tried = failed ? { before, after } : null
  }
  throw new SoftPromptError(
    'conflict',
    `Cannot change task ${task}: somebody else changed it ${attempts} times meanwhile. See softprompt show ${task}, then try again.`,
  )
}

/** `current` with `version` made live, by the command that does so. The same log where it is live already. */
export function withLive(current: TaskLog | null, version: TaskVersion, by: 'publish' | 'promote'): TaskLog {
  const live = current === null ? null : (pointerOf(current)?.live ?? null)
  return current !== null && live !== null && sameVersion(live, version) ? current : withEvent(current, { by, version })
}

/**
 * `version` with the packages of its base, in other weight formats, that the live version of the same prompt has: publishing one more
 * format takes none away.
 */
export function withFormats(current: TaskLog | null, version: TaskVersion): TaskVersion {
  const live = current && pointerOf(current)?.live
  if (!live || !samePrompt(live, version)) return version
  return { ...version, models: { ...live.models, ...version.models } }
}

/** What moving a pointer made of a task that is now published. */
export function changeOf({ before, after }: Moved): Changed {
  const pointer = pointerOf(after)
  if (pointer === null) throw new Error('a task that was made live is not')
  const changed = after !== before
  return { live: pointer.live, replaced: changed && before !== null ? (pointerOf(before)?.live ?? null) : null, changed }
}

export function unknownTask(task: string): SoftPromptError {
  return new SoftPromptError('unknown_task', `Cannot find task ${task} in the bucket. softprompt list shows what is published.`, {
    param: 'task',
  })
}

/** The error for a task that was deleted. */
export function deletedTask(task: string, { events }: TaskLog): SoftPromptError {
  const [version] = loggedVersions(events)
  const back = version === undefined ? '' : `softprompt promote ${task} ${version.prompt.slice(0, 12)} or `
  return new SoftPromptError(
    'unknown_task',
    `Cannot find task ${task}: it was deleted at ${events[0]?.when}. ${back}softprompt publish brings it back; softprompt show ${task} lists its versions.`,
    { param: 'task' },
  )
}
