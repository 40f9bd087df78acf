import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { requireArchitecture } from '../../trainer/import/architectures/require-architecture.ts'
import { randomPrompt } from '../fixtures/random-prompt.ts'
import { pointTask, uploadPrompt } from '../fixtures/upload.ts'
import type { LocalWorker } from './wrangler-worker.ts'

/** Publishes `count` tasks, task-0 and on, with prefixes of random numbers, as long as the model's are by default. Returns the prompts' names. */
export async function publishTasks(
  { bucket, model, card }: Pick<LocalWorker, 'bucket' | 'model' | 'card'>,
  count: number,
  changes: Partial<PromptCard> = {},
): Promise<string[]> {
  const { virtualTokens } = requireArchitecture(card).defaults
  const prompts: string[] = []
  for (let seed = 0; seed < count; seed++) {
    const task = `task-${seed}`
    const prompt = await uploadPrompt(bucket, await randomPrompt(card, { task, seed, card: { kind: 'prefix', virtualTokens, ...changes } }))
    await pointTask(bucket, task, { prompt, base: card.baseHash, models: { [card.weights]: model } })
    prompts.push(prompt)
  }
  return prompts
}
