import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import { type TaskVersion, versionsOf } from '../../../shared/formats/task-pointer.ts'
import { movePointer, requirePointer, withLive } from '../../../trainer/publish/move-pointer.ts'
import { promote } from '../../../trainer/publish/promote.ts'
import { rollback } from '../../../trainer/publish/rollback.ts'
import { snapshot, useLocalBucket } from '../../fixtures/local-bucket.ts'
import { publishFolder } from '../../fixtures/publish-folder.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
const publishFrom = (name: string, from = 'model') => publishFolder(local.bucket, at(name), at(from))
let model: ModelCard
let [one = '', two = '', three = ''] = ['', '', '']
let restore: () => Promise<void>

beforeAll(async () => {
  model = await writeSmallModel(at('model'))
  one = await writeRandomPrompt(at('1'), model, { task: 'spam', seed: 1 })
  two = await writeRandomPrompt(at('2'), model, { task: 'spam', seed: 2 })
  three = await writeRandomPrompt(at('3'), model, { task: 'spam', seed: 3 })
  for (const name of ['1', '2', '3']) await publishFrom(name)
  restore = await snapshot(local.bucket)
})

beforeEach(() => restore())

/** The hashes of the task's prompts, the live one first. */
async function history(): Promise<string[]> {
  return versionsOf(await requirePointer(local.bucket, 'spam')).map(({ prompt }) => prompt)
}

test('promote makes an earlier version live, found by the beginning of its hash', async () => {
  const { before, after } = await promote(local.bucket, 'spam', one.slice(0, 8))
  expect([before.live.prompt, after.live.prompt]).toEqual([three, one])
  expect(await history()).toEqual([one, three, two])
  const again = await promote(local.bucket, 'spam', one)
  expect(again.after).toBe(again.before)
})

test('a version of another task is not found, nor one that is not there', async () => {
  const foreign = await writeRandomPrompt(at('foreign'), model, { task: 'other', seed: 9 })
  await publishFrom('foreign')
  for (const wanted of [foreign, 'abcd'.repeat(16)]) {
    await expect(promote(local.bucket, 'spam', wanted)).rejects.toMatchObject({ code: 'not_found' })
  }
  await expect(promote(local.bucket, 'nothing', one)).rejects.toMatchObject({ code: 'unknown_task' })
})

test('what is not the beginning of a hash is not looked for', async () => {
  for (const wanted of ['', 'xyz!', 'ABCDEF', 'abc', '../models', 'a'.repeat(65)]) {
    await expect(promote(local.bucket, 'spam', wanted), wanted).rejects.toMatchObject({ code: 'usage' })
  }
})

test('a beginning that two versions share is not guessed at', async () => {
  const [first, second] = ['1', '2'].map(
    (digit): TaskVersion => ({ prompt: `abcd${digit.repeat(60)}`, base: 'b'.repeat(64), models: { int8: 'f'.repeat(64) } }),
  )
  await movePointer(local.bucket, 'twins', (current) => withLive(withLive(current, first!), second!))
  await expect(promote(local.bucket, 'twins', 'abcd')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(first!.prompt),
  })
})

test('a version that is no longer whole does not go live', async () => {
  await local.bucket.delete(`prompts/${two}/adapter_model.safetensors`)
  await expect(promote(local.bucket, 'spam', two)).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('adapter_model'),
  })
  expect(await history()).toEqual([three, two, one])
})

test('a stored prompt for another base needs a stored model of that base', async () => {
  const otherModel = await writeSmallModel(at('other-model'), { name: 'other' })
  const foreign = await writeRandomPrompt(at('on-other'), otherModel, { task: 'spam', seed: 4 })
  const published = await publishFrom('on-other', 'other-model')
  await rollback(local.bucket, 'spam')
  const { after } = await promote(local.bucket, 'spam', foreign)
  expect(after.live).toEqual({ prompt: foreign, base: otherModel.baseHash, models: published.models })

  await rollback(local.bucket, 'spam')
  await local.bucket.delete(`models/${published.models.int8}/model.json`)
  await expect(promote(local.bucket, 'spam', foreign)).rejects.toMatchObject({
    code: 'base_mismatch',
    message: expect.stringContaining(otherModel.baseHash),
  })
})

test('a stored prompt whose base is stored in two weight formats goes live with both', async () => {
  const int8 = await writeSmallModel(at('two-int8'), { name: 'two' })
  await writeSmallModel(at('two-float32'), { name: 'two', weights: 'float32' })
  const prompt = await writeRandomPrompt(at('on-two'), int8, { task: 'spam', seed: 5 })
  await publishFrom('on-two', 'two-int8')
  const { models } = await publishFrom('on-two', 'two-float32')
  expect(Object.keys(models).toSorted()).toEqual(['float32', 'int8'])
  await rollback(local.bucket, 'spam') // from here on only the stored cards know of it
  expect(await history()).toEqual([three, two, one])

  const { after } = await promote(local.bucket, 'spam', prompt)
  expect(after.live).toEqual({ prompt, base: int8.baseHash, models })
  expect(await history()).toEqual([prompt, three, two, one])
})
