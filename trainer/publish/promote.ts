import { SoftPromptError } from '../../shared/error.ts'
import type { TaskPointer, TaskVersion } from '../../shared/formats/storage-keys.ts'
import type { Bucket } from './bucket/bucket.ts'
import { type Moved, movePointer, requirePointer, sameVersion, unknownTask, withLive } from './task-pointer.ts'
import { findVersion, requireWhole } from './versions.ts'

/** What a task's pointer was and is. The same object twice where nothing changed. */
type Changed = Record<keyof Moved, TaskPointer>

/** Makes the version live whose prompt's hash begins with `wanted`. Throws where it is not known, or not whole in the bucket. */
export async function promote(bucket: Bucket, task: string, wanted: string): Promise<Changed> {
  const version = await findVersion(bucket, task, await requirePointer(bucket, task), wanted)
  await requireWhole(bucket, version)
  return move(bucket, task, (current) => withLive(current, version))
}

/**
 * Makes the version live again that was live before. The one rolled back from is no longer among the task's versions,
 * so that a second rollback goes further back; until `gc` removes it, `promote` still finds it.
 */
export async function rollback(bucket: Bucket, task: string): Promise<Changed> {
  const seen = await requirePointer(bucket, task)
  const [version, ...previous] = seen.previous
  if (version === undefined) {
    throw new SoftPromptError(
      'not_found',
      `Cannot roll task ${task} back: no other version was published before the live one. softprompt delete ${task} takes it offline.`,
    )
  }
  await requireWhole(bucket, version)
  return move(bucket, task, (current) => {
    if (!sameHistory(current, seen)) {
      throw new SoftPromptError(
        'conflict',
        `Cannot roll task ${task} back: somebody else changed it meanwhile. Look at it with softprompt show ${task}, then try again.`,
      )
    }
    return { live: version, previous, updated: new Date().toISOString() }
  })
}

async function move(bucket: Bucket, task: string, next: (current: TaskPointer) => TaskPointer): Promise<Changed> {
  const { before, after } = await movePointer(bucket, task, (current) => {
    if (current === null) throw unknownTask(task) // deleted since it was read
    return next(current)
  })
  if (before === null) throw new Error('a pointer that was not there has been moved')
  return { before, after }
}

function sameHistory(a: TaskPointer, b: TaskPointer): boolean {
  const versions = ({ live, previous }: TaskPointer): TaskVersion[] => [live, ...previous]
  return versions(a).length === versions(b).length && versions(a).every((version, i) => sameVersion(version, versions(b)[i] as TaskVersion))
}
