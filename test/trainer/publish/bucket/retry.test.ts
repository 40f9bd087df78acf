import { expect, test } from 'vitest'
import { withRetries } from '../../../../trainer/publish/bucket/retry.ts'

/** Work that fails with `message` the first `times` times, and how it went: the tries, and the waits between them in ms. */
function failing(message: string, times: number) {
  const [tries, waits] = [[] as number[], [] as number[]]
  const work = async () => {
    tries.push(tries.length + 1)
    if (tries.length <= times) throw new Error(message)
    return 'here'
  }
  const wait = async (ms: number) => waits.push(ms)
  return { tries, waits, result: () => withRetries('read tasks/a.json', work, wait) }
}

test.each([
  'get: Internal error; try again. (10001)',
  'get: Unavailable. (10043)',
  'get: Connection lost. (10054)',
  'put: Too many requests. (10058)',
  'put: Unspecified error (0)', // the local R2, where another process was writing
  'Network connection lost.',
])('what fails in passing is tried again: %s', async (message) => {
  const { result, tries, waits } = failing(message, 2)
  expect(await result()).toBe('here')
  expect(tries.length).toBe(3)
  expect(waits.length).toBe(2)
})

test('what will not go well is tried once, and the error says what was being done', async () => {
  const { result, tries, waits } = failing('get: The bucket does not exist. (10006)', 9)
  await expect(result()).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringMatching(/Cannot read tasks\/a\.json .* does not exist/),
  })
  expect(tries.length).toBe(1)
  expect(waits).toEqual([])
})

test('what goes on failing ends in an error, after six waits, each twice as long as the one before, and up to as much again by chance', async () => {
  const { result, tries, waits } = failing('Network connection lost.', 99)
  await expect(result()).rejects.toMatchObject({ code: 'storage' })
  expect(tries.length).toBe(7)
  expect(waits.length).toBe(6)
  for (const [i, ms] of waits.entries()) {
    expect(ms).toBeGreaterThanOrEqual(50 * 2 ** i)
    expect(ms).toBeLessThan(100 * 2 ** i)
  }
})
