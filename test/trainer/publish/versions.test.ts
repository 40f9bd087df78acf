import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import type { TaskVersion } from '../../../shared/formats/task-pointer.ts'
import { findVersion, requireWhole } from '../../../trainer/publish/versions.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { snapshot, useLocalBucket } from '../../fixtures/local-bucket.ts'
import { publishFolder } from '../../fixtures/publish-folder.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { logOf } from '../../fixtures/upload.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
let model: ModelCard
/** A prompt on a base that is stored in two weight formats. */
let both: TaskVersion
let restore: () => Promise<void>

beforeAll(async () => {
  model = await writeSmallModel(at('int8'))
  await writeSmallModel(at('float32'), { weights: 'float32' })
  await writeRandomPrompt(at('prompt'), model, { task: 'spam' })
  await publishFolder(local.bucket, at('prompt'), at('int8'))
  const { prompt, base, models } = await publishFolder(local.bucket, at('prompt'), at('float32'))
  both = { prompt, base, models }
  restore = await snapshot(local.bucket)
})

beforeEach(() => restore())

const elsewhere: TaskVersion = { prompt: 'e'.repeat(64), base: 'b'.repeat(64), models: { int8: 'f'.repeat(64) } }

describe('a version is whole', () => {
  test('where every file of its prompt and of its models is stored', async () => {
    await expect(requireWhole(local.bucket, both)).resolves.toBeUndefined()
  })

  test('and not where one of them is missing or cut: it is named', async () => {
    const { objects } = await local.bucket.list()
    const files = objects.filter(({ key }) => !key.startsWith('tasks/'))
    expect(files.length).toBe(12)
    for (const { key } of files) {
      const missing = alteredBucket(local.bucket, async (_operation, at, run) => (at === key ? null : run()))
      await expect(requireWhole(missing, both), key).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining(key) })
    }
    for (const { key, size } of files.filter(({ key }) => /(labels.safetensors|model.onnx)$/.test(key))) {
      await local.bucket.put(key, new Uint8Array(size - 1))
      await expect(requireWhole(local.bucket, both), key).rejects.toMatchObject({
        code: 'not_found',
        message: expect.stringContaining(key),
      })
      await restore()
    }
  })
})

describe('a version is found', () => {
  test('among those in the task’s log, with the packages that it had', async () => {
    const known: TaskVersion = { ...both, models: { int8: both.models.int8! } }
    expect(await findVersion(local.bucket, 'spam', logOf(elsewhere, known), both.prompt.slice(0, 8))).toEqual(known)
  })

  test('among the stored prompts, with a package of each weight format that its base is stored in', async () => {
    expect(await findVersion(local.bucket, 'spam', logOf(elsewhere), both.prompt)).toEqual(both)
    await local.bucket.delete(`models/${both.models.int8}/model.json`)
    const { models } = await findVersion(local.bucket, 'spam', logOf(elsewhere), both.prompt)
    expect(models).toEqual({ float32: both.models.float32 })
    await local.bucket.delete(`models/${both.models.float32}/model.json`)
    await expect(findVersion(local.bucket, 'spam', logOf(elsewhere), both.prompt)).rejects.toMatchObject({
      code: 'base_mismatch',
      message: expect.stringContaining(model.baseHash),
    })
  })

  test('on the packages that the task runs on already, where they are of its base', async () => {
    const running: TaskVersion = { prompt: 'e'.repeat(64), base: both.base, models: { int8: both.models.int8! } }
    for (const log of [logOf(running), logOf(elsewhere, running)])
      expect(await findVersion(local.bucket, 'spam', log, both.prompt)).toEqual({ ...both, models: running.models })
  })

  test('with one package of a weight format that two are stored of, the same each time', async () => {
    await writeSmallModel(at('retold'), { source: 'told otherwise' })
    const { models } = await publishFolder(local.bucket, at('prompt'), at('retold'))
    const first = [models.int8!, both.models.int8!].sort()[0]
    const found = await findVersion(local.bucket, 'spam', logOf(elsewhere), both.prompt)
    expect(found.models).toEqual({ ...both.models, int8: first })
  })

  test('and folders that are not named as packages are passed over', async () => {
    await local.bucket.put(`prompts/${both.prompt.slice(0, 8)}/prompt.json`, '{}')
    await local.bucket.put('models/notes/model.json', '{}')
    expect(await findVersion(local.bucket, 'spam', logOf(elsewhere), both.prompt.slice(0, 8))).toEqual(both)
  })
})
