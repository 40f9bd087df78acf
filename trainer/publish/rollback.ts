import { SoftPromptError } from '../../shared/error.ts'
import { cardText } from '../../shared/formats/card.ts'
import { pointerOf, withEvent } from '../../shared/formats/task-pointer.ts'
import type { Bucket } from './bucket/bucket.ts'
import { earlierVersions } from './earlier-versions.ts'
import { type Changed, changeOf, deletedTask, movePointer, requireLog, unknownTask } from './move-pointer.ts'
import { requireWhole } from './versions.ts'

/**
 * Makes the version live again that was live before. A second rollback goes further back; `promote` finds the one rolled back from. Throws
 * `not_found` where there is none before, and `conflict` where somebody else has changed the task meanwhile: they may have mended it.
 */
export async function rollback(bucket: Bucket, task: string): Promise<Changed> {
  const seen = await requireLog(bucket, task)
  if (pointerOf(seen) === null) throw deletedTask(task, seen)
  const [version] = earlierVersions(seen.events)
  if (version === undefined) {
    throw new SoftPromptError(
      'not_found',
      `Cannot roll task ${task} back: no other version is known to have been live before. softprompt show ${task} lists what can be promoted; softprompt delete ${task} takes it offline.`,
    )
  }
  await requireWhole(bucket, version)
  const moved = await movePointer(bucket, task, (current) => {
    if (current === null) throw unknownTask(task) // removed since it was read
    if (cardText(current) === cardText(seen)) return withEvent(current, { by: 'rollback', version })
    throw new SoftPromptError(
      'conflict',
      `Cannot roll task ${task} back: somebody else changed it meanwhile. See softprompt show ${task}, then try again.`,
    )
  })
  return changeOf(moved)
}
