import { SoftPromptError } from '../../shared/error.ts'
import { cardText, parseCard } from '../../shared/formats/card.ts'
import { mostBytes } from '../../shared/formats/limits.ts'
import { TaskPointer, type TaskVersion, taskKey } from '../../shared/formats/storage-keys.ts'
import { type Bucket, httpMetadata, listKeys, readText } from './bucket/bucket.ts'
import { stored } from './bucket/retry.ts'

/** How often a pointer that somebody else changed meanwhile is read again and tried anew. */
const attempts = 3
/** The schema's bound on `previous`. */
const mostPrevious = 64

/** What a pointer was and is: the same object twice where nothing changed. */
export interface Moved {
  readonly before: TaskPointer | null
  readonly after: TaskPointer
}

/** The pointer of `task`, or null where it is not published. Throws `storage` where the object is no pointer. */
export async function readPointer(bucket: Bucket, task: string): Promise<{ pointer: TaskPointer; etag: string } | null> {
  const object = await readText(bucket, taskKey(task), mostBytes.pointer)
  if (object === null) return null
  try {
    return { pointer: parseCard(TaskPointer, object.text, taskKey(task), 'storage'), etag: object.etag }
  } catch (cause) {
    const hint = `Delete the task (softprompt delete ${task}) and publish it again.`
    throw new SoftPromptError('storage', `${(cause as Error).message} ${hint}`, { cause })
  }
}

/** The pointer of `task`. Throws `unknown_task` where it is not published. */
export async function requirePointer(bucket: Bucket, task: string): Promise<TaskPointer> {
  const found = await readPointer(bucket, task)
  if (found === null) throw unknownTask(task)
  return found.pointer
}

/** The names of all published tasks, in the bucket's order. */
export async function listTasks(bucket: Bucket): Promise<string[]> {
  const tasks: string[] = []
  for await (const { key } of listKeys(bucket, 'tasks/')) {
    const task = /^tasks\/([a-z0-9_-]+)\.json$/.exec(key)?.[1]
    if (task !== undefined) tasks.push(task)
  }
  return tasks
}

/**
 * Changes the pointer of `task`: the only step of a publish that anybody can see. `next` is given the pointer as it is
 * (null where there is none) and returns what it should be, or the same object to leave it; it is asked again where
 * somebody else changed the pointer meanwhile. Throws `conflict` where that goes on.
 */
export async function movePointer(bucket: Bucket, task: string, next: (current: TaskPointer | null) => TaskPointer): Promise<Moved> {
  const key = taskKey(task)
  let tried: Moved | null = null
  for (let attempt = 0; attempt < attempts; attempt++) {
    const found = await readPointer(bucket, task)
    const before = found?.pointer ?? null
    if (tried !== null && before !== null && cardText(tried.after) === cardText(before)) return tried // it was written, and only the answer was lost
    const after = next(before)
    if (after === before) return { before, after }
    tried = { before, after }
    const onlyIf = found === null ? { etagDoesNotMatch: '*' } : { etagMatches: found.etag }
    const written = await stored(`write ${key}`, () => bucket.put(key, cardText(after), { onlyIf, httpMetadata: httpMetadata(key) }))
    if (written !== null) return tried
  }
  throw new SoftPromptError(
    'conflict',
    `Cannot change task ${task}: somebody else changed it ${attempts} times meanwhile. Look at it with softprompt show ${task}, then try again.`,
  )
}

/** `version` made live, the one that was live before becoming the newest of `previous`. The same pointer where it is live already. */
export function withLive(current: TaskPointer | null, version: TaskVersion): TaskPointer {
  if (current === null) return { live: version, previous: [], updated: new Date().toISOString() }
  if (sameVersion(current.live, version)) return current
  const previous = [current.live, ...current.previous].filter((other) => !sameVersion(other, version))
  return { live: version, previous: previous.slice(0, mostPrevious), updated: new Date().toISOString() }
}

export function sameVersion(a: TaskVersion, b: TaskVersion): boolean {
  return a.prompt === b.prompt && a.model === b.model
}

export function unknownTask(task: string): SoftPromptError {
  return new SoftPromptError('unknown_task', `Cannot find task ${task} in the bucket. softprompt list shows what is published.`, {
    param: 'task',
  })
}
