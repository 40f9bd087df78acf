import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import type { PromptCard } from '../../../shared/formats/prompt-card.ts'
import { parsePromptCard } from '../../../shared/formats/prompt-package.ts'
import { modelKey, promptKey, taskKey } from '../../../shared/formats/storage-keys.ts'
import type { TaskVersion } from '../../../shared/formats/task-pointer.ts'
import { deleteTask } from '../../../trainer/publish/delete.ts'
import { describeTask } from '../../../trainer/publish/describe-task.ts'
import { snapshot, useLocalBucket } from '../../fixtures/local-bucket.ts'
import { publishFolder } from '../../fixtures/publish-folder.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
const spam = () => describeTask(local.bucket, 'spam')
let model: ModelCard
/** In int8 and float32, after an older one. */
let live: TaskVersion
let card: PromptCard
let restore: () => Promise<void>

beforeAll(async () => {
  model = await writeSmallModel(at('int8'))
  await writeSmallModel(at('float32'), { weights: 'float32' })
  await writeRandomPrompt(at('older'), model, { task: 'spam', seed: 1 })
  await writeRandomPrompt(at('newer'), model, { task: 'spam', seed: 2, card: { method: 'newer' } })
  for (const prompt of ['older', 'newer']) await publishFolder(local.bucket, at(prompt), at('int8'))
  const { prompt, base, models } = await publishFolder(local.bucket, at('newer'), at('float32'))
  live = { prompt, base, models }
  const stored = (await local.bucket.get(promptKey(prompt, 'prompt.json')))!
  card = parsePromptCard(new Uint8Array(await stored.arrayBuffer()), 'it')
  restore = await snapshot(local.bucket)
})

beforeEach(() => restore())

test('a task is its pointer, the live version’s card without what only serving needs, and its models in every weight format', async () => {
  const { selfTest: _, files: __, ...rest } = card
  const described = await spam()
  expect(described).toMatchObject({ task: 'spam', problem: null, pointer: { live, history: [{ base: model.baseHash }] } })
  expect(described.card).toEqual(rest)
  expect(described.card!.method).toBe('newer')
  expect(described.models).toEqual(['int8', 'float32'].map((weights) => ({ name: 'small', weights, baseHash: model.baseHash })))
})

test('a deleted task is what happened to it, and no problem', async () => {
  await deleteTask(local.bucket, 'spam')
  const { events, ...rest } = await spam()
  expect(rest).toEqual({ task: 'spam', pointer: null, card: null, models: [], problem: null })
  expect(events!.map(({ by }) => by)).toEqual(['delete', 'publish', 'publish', 'publish'])
})

describe('what is damaged is told of, with all that could be read before', () => {
  test('no pointer', async () => {
    expect(await describeTask(local.bucket, 'ham')).toEqual({
      ...{ task: 'ham', events: null, pointer: null, card: null, models: [] },
      problem: expect.stringContaining('Cannot find task ham'),
    })
  })

  test('a pointer that is none', async () => {
    await local.bucket.put(taskKey('spam'), '[]')
    expect(await spam()).toMatchObject({ pointer: null, card: null, models: [], problem: expect.stringContaining(taskKey('spam')) })
  })

  test('no card of the prompt', async () => {
    await local.bucket.delete(promptKey(live.prompt, 'prompt.json'))
    expect(await spam()).toMatchObject({ pointer: { live }, card: null, models: [], problem: expect.stringContaining(live.prompt) })
  })

  test('no card of the second of its models', async () => {
    const float32 = live.models.float32!
    await local.bucket.delete(modelKey(float32, 'model.json'))
    const { pointer, card, models, problem } = await spam()
    expect(pointer).toMatchObject({ live })
    expect(card).toMatchObject({ method: 'newer' })
    expect(models.map(({ weights }) => weights)).toEqual(['int8'])
    expect(problem).toContain(float32)
  })
})

test('an interruption is no damage', async () => {
  await expect(describeTask(local.heeding(AbortSignal.abort()), 'spam')).rejects.toMatchObject({ code: 'interrupted' })
})
