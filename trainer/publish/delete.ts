import { taskKey } from '../../shared/formats/storage-keys.ts'
import type { Bucket } from './bucket/bucket.ts'
import { withRetries } from './bucket/retry.ts'
import { unknownTask } from './move-pointer.ts'

/** Takes a task offline: its pointer goes, its packages stay until gc. Throws `unknown_task` where it is not published. */
export async function deleteTask(bucket: Bucket, task: string): Promise<void> {
  const key = taskKey(task)
  if ((await withRetries(`look up ${key}`, () => bucket.head(key))) === null) throw unknownTask(task)
  await withRetries(`remove ${key}`, () => bucket.delete(key))
}
