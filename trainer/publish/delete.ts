import { SoftPromptError } from '../../shared/error.ts'
import { cardText } from '../../shared/formats/card.ts'
import { taskKey } from '../../shared/formats/storage-keys.ts'
import { pointerOf, type TaskVersion, withEvent } from '../../shared/formats/task-pointer.ts'
import { type Bucket, httpMetadata } from './bucket/bucket.ts'
import { withRetries } from './bucket/retry.ts'
import { deletedTask, movePointer, unknownTask } from './move-pointer.ts'

/**
 * Takes a task offline and returns what was live. Its log stays, so that `show` knows its versions and `promote` brings one back; a log that
 * cannot be read is begun anew, and then what was live is not known: null. Throws `unknown_task` where the task is not published.
 */
export async function deleteTask(bucket: Bucket, task: string): Promise<TaskVersion | null> {
  const key = taskKey(task)
  const object = await withRetries(`look up ${key}`, () => bucket.head(key))
  if (object === null) throw unknownTask(task)
  try {
    const { before } = await movePointer(bucket, task, (current) => {
      if (current === null) throw unknownTask(task)
      if (pointerOf(current) === null) throw deletedTask(task, current)
      return withEvent(current, { by: 'delete' })
    })
    return before && (pointerOf(before)?.live ?? null)
  } catch (error) {
    if (!(error instanceof SoftPromptError) || error.code !== 'invalid_file') throw error
    await replaceUnreadable(bucket, key, object.etag)
    return null
  }
}

async function replaceUnreadable(bucket: Bucket, key: string, etag: string): Promise<void> {
  const log = cardText(withEvent(null, { by: 'delete' }))
  const options = { onlyIf: { etagMatches: etag }, httpMetadata: httpMetadata(key) }
  if ((await withRetries(`write ${key}`, () => bucket.put(key, log, options))) !== null) return
  throw new SoftPromptError('conflict', `Cannot delete ${key}: somebody else changed it meanwhile. Look at it, then try again.`)
}
