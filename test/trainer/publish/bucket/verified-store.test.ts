import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Store } from '../../../../shared/engine/store.ts'
import { folderBucket } from '../../../../trainer/publish/bucket/folder-bucket.ts'
import { verifiedStore } from '../../../../trainer/publish/bucket/verified-store.ts'
import { alteredBucket } from '../../../fixtures/altered-bucket.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { publishFolder } from '../../../fixtures/publish-folder.ts'
import { writeSmallModel } from '../../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
let model: string
/** What was read of the bucket: the keys, in their order. */
const gets: string[] = []
let store: Store

beforeAll(async () => {
  mkdirSync(at('store'))
  const bucket = await folderBucket(at('store'), new AbortController().signal)
  await writeRandomPrompt(at('prompt'), await writeSmallModel(at('model')), { task: 'spam' })
  await publishFolder(bucket, at('prompt'), at('model'))
  model = readdirSync(at('store/models'))[0]!
  const noted = alteredBucket(bucket, (operation, key, run) => {
    if (operation === 'get') gets.push(key)
    return run()
  })
  store = verifiedStore(noted)
})

async function streamed(key: string, range?: { offset: number; length: number }): Promise<Buffer | null> {
  const found = await store.stream(key, range)
  return found && Buffer.from(await new Response(found.body).arrayBuffer())
}

test('a file is read through once, by however many at a time, and then handed out as it comes', async () => {
  const key = `models/${model}/model.onnx`
  const bytes = readFileSync(at(`store/${key}`))
  const before = gets.length
  const all = await Promise.all(Array.from({ length: 3 }, () => streamed(key)))
  expect(all).toEqual([bytes, bytes, bytes])
  expect(gets.slice(before).filter((got) => got.endsWith('model.json'))).toHaveLength(1)
  expect(gets.slice(before).filter((got) => got === key)).toHaveLength(3 + 1 + 3)
  const after = gets.length
  expect(await streamed(key, { offset: 5, length: 7 })).toEqual(bytes.subarray(5, 12))
  expect(gets.slice(after)).toEqual([key])
})

test('one that was changed is read through again, and refused without being read until it changes once more', async () => {
  const key = `models/${model}/tokenizer.json`
  const right = readFileSync(at(`store/${key}`))
  await streamed(key)
  writeFileSync(at(`store/${key}`), `${right} `)
  const refused = { code: 'invalid_file', message: expect.stringMatching(`Cannot hand out ${key}: its SHA-256 is .* publish it again`) }
  await expect(streamed(key)).rejects.toMatchObject(refused)
  const before = gets.length
  await expect(streamed(key)).rejects.toMatchObject(refused)
  expect(gets.slice(before)).toEqual([key])
  writeFileSync(at(`store/${key}`), right)
  expect(await streamed(key)).toEqual(right)
})

test('what is there no more is null, and what belongs to no package is as it is', async () => {
  expect(await streamed(`models/${'ab'.repeat(32)}/model.json`)).toBeNull()
  expect(await streamed('tasks/spam.json')).toEqual(readFileSync(at('store/tasks/spam.json')))
})
