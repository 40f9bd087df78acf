import { expect, test } from 'vitest'
import { TaskPointer } from '../../../shared/formats/storage-keys.ts'
import { movePointer, readPointer, requirePointer, withLive } from '../../../trainer/publish/task-pointer.ts'
import { alteredBucket } from '../../fixtures/altered-bucket.ts'
import { useLocalBucket } from '../../fixtures/local-bucket.ts'

const local = useLocalBucket()
const version = (digit: string) => ({ prompt: digit.repeat(64), model: 'f'.repeat(64) })

/** The bucket with somebody else who publishes another version just before each of our first `times` writes. */
function contested(task: string, times: number) {
  let left = times
  return alteredBucket(local.bucket, async (operation, _key, run) => {
    if (operation === 'put' && left-- > 0) await movePointer(local.bucket, task, (current) => withLive(current, version(String(left))))
    return run()
  })
}

test('the first version creates the pointer', async () => {
  expect(await readPointer(local.bucket, 'first')).toBeNull()
  await expect(requirePointer(local.bucket, 'first')).rejects.toMatchObject({ code: 'unknown_task', param: 'task' })
  const { before, after } = await movePointer(local.bucket, 'first', (current) => withLive(current, version('a')))
  expect(before).toBeNull()
  expect(TaskPointer.parse(after)).toEqual(await requirePointer(local.bucket, 'first'))
})

test.each([1, 2])('a pointer changed %i times meanwhile is read again, and nobody’s version is lost', async (times) => {
  const task = `contested-${times}`
  const { after } = await movePointer(contested(task, times), task, (current) => withLive(current, version('a')))
  expect(after.live).toEqual(version('a'))
  expect(after.previous.length).toBe(times)
  expect(await requirePointer(local.bucket, task)).toEqual(after)
})

test('a pointer that keeps changing is a conflict, and stays as the others left it', async () => {
  await expect(movePointer(contested('hot', 3), 'hot', (current) => withLive(current, version('a')))).rejects.toMatchObject({
    code: 'conflict',
  })
  expect((await requirePointer(local.bucket, 'hot')).live).toEqual(version('0'))
})

test('at most 64 earlier versions are kept, the newest first, each once', () => {
  let pointer = withLive(null, { prompt: '0'.repeat(64), model: 'f'.repeat(64) })
  for (let i = 1; i < 80; i++) pointer = withLive(pointer, { prompt: i.toString(16).padStart(64, '0'), model: 'f'.repeat(64) })
  expect(pointer.previous.length).toBe(64)
  expect(pointer.previous[0]!.prompt).toBe((78).toString(16).padStart(64, '0'))
  const back = withLive(pointer, pointer.previous[10]!)
  expect(back.previous.length).toBe(64)
  expect(new Set([back.live, ...back.previous].map(({ prompt }) => prompt)).size).toBe(65)
  expect(withLive(back, back.live)).toBe(back)
})

test('an object that is no pointer is an error that names it', async () => {
  await local.bucket.put('tasks/broken.json', '{"live": {}}')
  await expect(readPointer(local.bucket, 'broken')).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringMatching(/tasks\/broken\.json.*softprompt delete broken/),
  })
})
