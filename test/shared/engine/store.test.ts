import { expect, test } from 'vitest'
import { requireObject, requireSize } from '../../../shared/engine/store.ts'
import { memoryStore } from '../../fixtures/memory-store.ts'

const store = memoryStore({ 'tasks/mood.json': '{"a": 1}' })

test('an object’s bytes', async () => {
  expect(new TextDecoder().decode(await requireObject(store, 'tasks/mood.json', 8))).toBe('{"a": 1}')
})

test('an object that is not there is named', async () => {
  await expect(requireObject(store, 'tasks/other.json', 8)).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringMatching(/Cannot load tasks\/other\.json: the bucket has no such object/),
  })
})

test('an object of more bytes than are wanted is refused, with both sizes; one of just as many is not', async () => {
  const refusal = { code: 'invalid_file', message: expect.stringMatching(/tasks\/mood\.json: it has 8 bytes, and at most 7 are read/) }
  await expect(requireObject(store, 'tasks/mood.json', 7)).rejects.toMatchObject(refusal)
  expect(() => requireSize('tasks/mood.json', 8, 7)).toThrow(expect.objectContaining(refusal))
  expect(() => requireSize('tasks/mood.json', 8, 8)).not.toThrow()
})
