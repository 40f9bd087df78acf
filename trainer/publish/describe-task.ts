import { readModelCard } from '../../shared/engine/stored-model.ts'
import { readPromptCard } from '../../shared/engine/stored-prompt.ts'
import { SoftPromptError } from '../../shared/error.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { pointerOf, type TaskEvent, type TaskPointer } from '../../shared/formats/task-pointer.ts'
import { type Bucket, bucketStore } from './bucket/bucket.ts'
import { requireLog } from './move-pointer.ts'

/** What the bucket has of a task: what could be read, and what was wrong where something could not. */
export interface TaskDescription {
  readonly task: string
  /** What happened to it, the newest first; null where that cannot be read. */
  readonly events: readonly TaskEvent[] | null
  /** Null where the task was deleted. */
  readonly pointer: TaskPointer | null
  /** The live version's. */
  readonly card: Omit<PromptCard, 'selfTest' | 'files'> | null
  /** The live version's packages of its base. */
  readonly models: readonly Pick<ModelCard, 'name' | 'weights' | 'baseHash'>[]
  readonly problem: string | null
}

/** A task's log and the cards of its live version. Damage is told of, not thrown, so that one task does not hide the others. */
export async function describeTask(bucket: Bucket, task: string): Promise<TaskDescription> {
  const store = bucketStore(bucket)
  let events: TaskDescription['events'] = null
  let pointer: TaskDescription['pointer'] = null
  let card: TaskDescription['card'] = null
  const models: TaskDescription['models'][number][] = []
  try {
    const log = await requireLog(bucket, task)
    events = log.events
    pointer = pointerOf(log)
    if (pointer === null) return { task, events, pointer, card, models, problem: null }
    const { selfTest: _, files: __, ...rest } = await readPromptCard(store, pointer.live.prompt)
    card = rest
    for (const model of Object.values(pointer.live.models)) {
      const { name, weights, baseHash } = await readModelCard(store, model)
      models.push({ name, weights, baseHash })
    }
    return { task, events, pointer, card, models, problem: null }
  } catch (error) {
    if (!(error instanceof SoftPromptError) || error.code === 'interrupted') throw error
    return { task, events, pointer, card, models, problem: error.message }
  }
}
