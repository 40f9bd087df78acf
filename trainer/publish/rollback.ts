import { SoftPromptError } from '../../shared/error.ts'
import { makePointer, sameVersion, type TaskPointer, type TaskVersion, versionsOf } from '../../shared/formats/task-pointer.ts'
import type { Bucket } from './bucket/bucket.ts'
import { requirePointer } from './move-pointer.ts'
import { type Changed, changePointer } from './promote.ts'
import { requireWhole } from './versions.ts'

/**
 * Makes the version live again that was live before. The one rolled back from is no longer among the task's versions,
 * so that a second rollback goes further back; until `gc` removes it, `promote` still finds it.
 */
export async function rollback(bucket: Bucket, task: string): Promise<Changed> {
  const seen = await requirePointer(bucket, task)
  const [version, ...history] = seen.history
  if (version === undefined) {
    throw new SoftPromptError(
      'not_found',
      `Cannot roll task ${task} back: no other version was published before the live one. softprompt delete ${task} takes it offline.`,
    )
  }
  await requireWhole(bucket, version)
  return changePointer(bucket, task, (current) => {
    if (!sameVersions(current, seen)) {
      throw new SoftPromptError(
        'conflict',
        `Cannot roll task ${task} back: somebody else changed it meanwhile. Look at it with softprompt show ${task}, then try again.`,
      )
    }
    return makePointer(version, history)
  })
}

function sameVersions(a: TaskPointer, b: TaskPointer): boolean {
  const [ours, theirs] = [versionsOf(a), versionsOf(b)]
  return ours.length === theirs.length && ours.every((version, i) => sameVersion(version, theirs[i] as TaskVersion))
}
