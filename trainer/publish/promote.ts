import type { Bucket } from './bucket/bucket.ts'
import { type Changed, changeOf, movePointer, requireLog, unknownTask, withLive } from './move-pointer.ts'
import { findVersion, requireWhole } from './versions.ts'

/**
 * Makes the version live whose prompt's hash begins with `wanted`, of a task that was deleted too. Throws where it is not known, or not whole
 * in the bucket.
 */
export async function promote(bucket: Bucket, task: string, wanted: string): Promise<Changed> {
  const version = await findVersion(bucket, task, await requireLog(bucket, task), wanted)
  await requireWhole(bucket, version)
  const moved = await movePointer(bucket, task, (current) => {
    if (current === null) throw unknownTask(task) // removed since it was read
    return withLive(current, version, 'promote')
  })
  return changeOf(moved)
}
