import { SoftPromptError } from '../../shared/error.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import type { TaskPointer } from '../../shared/formats/storage-keys.ts'
import type { Bucket } from './bucket/bucket.ts'
import { requirePointer } from './task-pointer.ts'
import { readModelCard, readPromptCard } from './versions.ts'

/** What the bucket has of a task: what could be read, and what was wrong where something could not. */
export interface TaskDescription {
  readonly task: string
  readonly pointer: TaskPointer | null
  /** The live version's. */
  readonly card: Omit<PromptCard, 'selfTest' | 'files'> | null
  readonly model: Pick<ModelCard, 'name' | 'weights' | 'baseHash'> | null
  readonly problem: string | null
}

/** A task's pointer and the cards of its live version. Damage is told of, not thrown, so that one task does not hide the others. */
export async function describeTask(bucket: Bucket, task: string): Promise<TaskDescription> {
  let pointer: TaskDescription['pointer'] = null
  let card: TaskDescription['card'] = null
  try {
    pointer = await requirePointer(bucket, task)
    const { selfTest: _, files: __, ...rest } = await readPromptCard(bucket, pointer.live.prompt)
    card = rest
    const { name, weights, baseHash } = await readModelCard(bucket, pointer.live.model)
    return { task, pointer, card, model: { name, weights, baseHash }, problem: null }
  } catch (error) {
    if (!(error instanceof SoftPromptError)) throw error
    return { task, pointer, card, model: null, problem: error.message }
  }
}
