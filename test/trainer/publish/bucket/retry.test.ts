import { expect, test } from 'vitest'
import { readText } from '../../../../trainer/publish/bucket/bucket.ts'
import { movePointer, withLive } from '../../../../trainer/publish/task-pointer.ts'
import { alteredBucket } from '../../../fixtures/altered-bucket.ts'
import { useLocalBucket } from '../../../fixtures/local-bucket.ts'

const local = useLocalBucket()

/** The bucket, failing with `message` at the first `times` operations of the kind. */
function failing(operation: string, message: string, times: number, { after = false } = {}) {
  let calls = 0
  const bucket = alteredBucket(local.bucket, async (name, _key, run) => {
    if (name !== operation) return run()
    calls++
    if (calls > times) return run()
    if (after) await run()
    throw new Error(message)
  })
  return { bucket, calls: () => calls }
}

test('what fails in passing is tried again', async () => {
  await local.bucket.put('passing', 'here')
  const { bucket, calls } = failing('get', 'get: Internal error; try again. (10001)', 2)
  expect(await readText(bucket, 'passing', 100)).toMatchObject({ text: 'here' })
  expect(calls()).toBe(3)
})

test('what will not go well is tried once, and the error says what was being done', async () => {
  const { bucket, calls } = failing('get', 'get: The bucket does not exist. (10006)', 9)
  await expect(readText(bucket, 'tasks/a.json', 100)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringMatching(/Cannot read tasks\/a\.json .* does not exist/),
  })
  expect(calls()).toBe(1)
})

test('what goes on failing ends in an error', async () => {
  const { bucket, calls } = failing('get', 'Network connection lost.', 99)
  await expect(readText(bucket, 'tasks/a.json', 100)).rejects.toMatchObject({ code: 'storage' })
  expect(calls()).toBe(6)
})

test('a pointer that was written, though only an error came back, is not written twice', async () => {
  const { bucket } = failing('put', 'Network connection lost.', 1, { after: true })
  const version = { prompt: 'a'.repeat(64), model: 'b'.repeat(64) }
  const { before, after } = await movePointer(bucket, 'answer-lost', (current) => withLive(current, version))
  expect(before).toBeNull()
  expect(JSON.parse(await (await local.bucket.get('tasks/answer-lost.json'))!.text())).toEqual(after)
  expect(after).toMatchObject({ live: version, previous: [] })
})

test('an object larger than wanted is refused before it is read', async () => {
  await local.bucket.put('large', new Uint8Array(2000))
  await expect(readText(local.bucket, 'large', 1999)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('2000 bytes'),
  })
})
