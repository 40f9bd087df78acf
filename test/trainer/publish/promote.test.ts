import { join } from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import { promote, rollback } from '../../../trainer/publish/promote.ts'
import { preparePublication, publish } from '../../../trainer/publish/publish.ts'
import { movePointer, requirePointer, withLive } from '../../../trainer/publish/task-pointer.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { useLocalBucket } from '../../fixtures/local-bucket.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
let model: ModelCard
let [one = '', two = '', three = ''] = ['', '', '']

async function publishFrom(name: string, from = 'model') {
  return publish(local.bucket, await preparePublication(at(name), at(from)), new AbortController().signal, () => undefined)
}

beforeAll(async () => {
  model = await writeSmallModel(at('model'))
  one = await writeRandomPrompt(at('1'), model, { task: 'spam', seed: 1 })
  two = await writeRandomPrompt(at('2'), model, { task: 'spam', seed: 2 })
  three = await writeRandomPrompt(at('3'), model, { task: 'spam', seed: 3 })
})

beforeEach(async () => {
  await local.empty()
  for (const name of ['1', '2', '3']) await publishFrom(name)
})

async function history(): Promise<string[]> {
  const { live, previous } = await requirePointer(local.bucket, 'spam')
  return [live, ...previous].map(({ prompt }) => prompt)
}

test('promote makes an earlier version live, found by the beginning of its hash', async () => {
  const { before, after } = await promote(local.bucket, 'spam', one.slice(0, 8))
  expect([before.live.prompt, after.live.prompt]).toEqual([three, one])
  expect(await history()).toEqual([one, three, two])
  const again = await promote(local.bucket, 'spam', one)
  expect(again.after).toBe(again.before)
})

test('rollback goes back a version each time, and promote still finds the one that was left', async () => {
  await rollback(local.bucket, 'spam')
  expect(await history()).toEqual([two, one])
  await rollback(local.bucket, 'spam')
  expect(await history()).toEqual([one])
  await expect(rollback(local.bucket, 'spam')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('no other version'),
  })
  await promote(local.bucket, 'spam', three.slice(0, 12))
  expect(await history()).toEqual([three, one])
})

test('rollback does not undo what somebody else has published meanwhile', async () => {
  const other = { prompt: 'e'.repeat(64), model: 'f'.repeat(64) }
  const bucket = alteredBucket(local.bucket, async (operation, key, run) => {
    if (operation === 'put' && key === 'tasks/spam.json') await movePointer(local.bucket, 'spam', (current) => withLive(current, other))
    return run()
  })
  await expect(rollback(bucket, 'spam')).rejects.toMatchObject({ code: 'conflict' })
  expect((await history())[0]).toBe(other.prompt)
})

test('a version of another task is not found, nor one that is not there', async () => {
  const foreign = await writeRandomPrompt(at('foreign'), model, { task: 'other', seed: 9 })
  await publishFrom('foreign')
  for (const wanted of [foreign, 'abcd'.repeat(16)]) {
    await expect(promote(local.bucket, 'spam', wanted)).rejects.toMatchObject({ code: 'not_found' })
  }
  await expect(promote(local.bucket, 'nothing', one)).rejects.toMatchObject({ code: 'unknown_task' })
  await expect(rollback(local.bucket, 'nothing')).rejects.toMatchObject({ code: 'unknown_task' })
})

test('what is not the beginning of a hash is not looked for', async () => {
  for (const wanted of ['', 'xyz!', 'ABCDEF', 'abc', '../models', 'a'.repeat(65)]) {
    await expect(promote(local.bucket, 'spam', wanted), wanted).rejects.toMatchObject({ code: 'usage' })
  }
})

test('a beginning that two versions share is not guessed at', async () => {
  const [first, second] = ['1', '2'].map((digit) => ({ prompt: `abcd${digit.repeat(60)}`, model: 'f'.repeat(64) }))
  await movePointer(local.bucket, 'twins', (current) => withLive(withLive(current, first!), second!))
  await expect(promote(local.bucket, 'twins', 'abcd')).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining(first!.prompt),
  })
})

test('a version that is no longer whole does not go live', async () => {
  await local.bucket.delete(`prompts/${two}/adapter_model.safetensors`)
  await expect(rollback(local.bucket, 'spam')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('adapter_model'),
  })
  await expect(promote(local.bucket, 'spam', two)).rejects.toMatchObject({ code: 'not_found' })
  expect(await history()).toEqual([three, two, one])
})

test('a stored prompt for another base needs a stored model of that base', async () => {
  const otherModel = await writeSmallModel(at('other-model'), { name: 'other' })
  const foreign = await writeRandomPrompt(at('on-other'), otherModel, { task: 'spam', seed: 4 })
  const published = await publishFrom('on-other', 'other-model')
  await rollback(local.bucket, 'spam')
  const { after } = await promote(local.bucket, 'spam', foreign)
  expect(after.live).toEqual({ prompt: foreign, model: published.model })

  await rollback(local.bucket, 'spam')
  await local.bucket.delete(`models/${published.model}/model.json`)
  await expect(promote(local.bucket, 'spam', foreign)).rejects.toMatchObject({
    code: 'base_mismatch',
    message: expect.stringContaining(otherModel.baseHash),
  })
})
