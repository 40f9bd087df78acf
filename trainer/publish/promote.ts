import type { TaskPointer } from '../../shared/formats/task-pointer.ts'
import type { Bucket } from './bucket/bucket.ts'
import { type Moved, movePointer, requirePointer, unknownTask, withLive } from './move-pointer.ts'
import { findVersion, requireWhole } from './versions.ts'

/** What a task's pointer was and is. The same object twice where nothing changed. */
export type Changed = Record<keyof Moved, TaskPointer>

/** Makes the version live whose prompt's hash begins with `wanted`. Throws where it is not known, or not whole in the bucket. */
export async function promote(bucket: Bucket, task: string, wanted: string): Promise<Changed> {
  const version = await findVersion(bucket, task, await requirePointer(bucket, task), wanted)
  await requireWhole(bucket, version)
  return changePointer(bucket, task, (current) => withLive(current, version))
}

/** Changes the pointer of a task that is published. */
export async function changePointer(bucket: Bucket, task: string, next: (current: TaskPointer) => TaskPointer): Promise<Changed> {
  const { before, after } = await movePointer(bucket, task, (current) => {
    if (current === null) throw unknownTask(task) // deleted since it was read
    return next(current)
  })
  if (before === null) throw new Error('a pointer that was not there has been moved')
  return { before, after }
}
