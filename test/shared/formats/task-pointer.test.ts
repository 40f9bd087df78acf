import { expect, test } from 'vitest'
import { cardText } from '../../../shared/formats/card.ts'
import { maxBytes } from '../../../shared/formats/limits.ts'
import { makePointer, parsePointer, sameVersion, TaskPointer, type TaskVersion, versionsOf } from '../../../shared/formats/task-pointer.ts'

const version = (digit: string, models: Record<string, string> = { int8: '1'.repeat(64) }): TaskVersion => ({
  prompt: digit.repeat(64),
  base: 'b'.repeat(64),
  models,
})
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

test('a pointer has a live version, at most 64 earlier ones, and a time', () => {
  const pointer = makePointer(version('0'), Array(70).fill(version('1')))
  expect(pointer.history).toHaveLength(64)
  expect(parsePointer(bytes(pointer), 'spam')).toEqual(pointer)
  expect(versionsOf(pointer)).toHaveLength(65)
  for (const wrong of [
    { ...pointer, history: Array(65).fill(version('1')) },
    { ...pointer, live: { prompt: pointer.live.prompt } },
    { ...pointer, live: version('0', {}) },
    { ...pointer, live: version('0', { 'a b': '1'.repeat(64) }) },
    { live: version('0'), updated: '' },
  ]) {
    expect(TaskPointer.safeParse(wrong).success).toBe(false)
  }
})

test('one of another version says what to do', () => {
  const old = { live: { prompt: '0'.repeat(64), model: '1'.repeat(64) }, previous: [], updated: '' }
  expect(() => parsePointer(bytes({ ...old, format: 'softprompt-task', version: 1 }), 'spam')).toThrow(
    /tasks\/spam\.json: field version is wrong: it is 1, and version 2 is read here\. Delete the task .*publish it again\./,
  )
  expect(() => parsePointer(bytes(old), 'spam')).toThrow(expect.objectContaining({ code: 'invalid_file' }))
})

test('the largest pointer fits what is read of one', () => {
  const models = Object.fromEntries(['int8', 'float32', 'q8', 'q4'].map((name) => [name, '1'.repeat(64)]))
  expect(cardText(makePointer(version('0', models), Array(64).fill(version('1', models)))).length).toBeLessThan(maxBytes.pointer)
})

test('versions are the same where prompt, base and packages are, in any order', () => {
  const both = { int8: '1'.repeat(64), float32: '2'.repeat(64) }
  expect(sameVersion(version('0', both), version('0', { float32: both.float32, int8: both.int8 }))).toBe(true)
  expect(sameVersion(version('0'), version('1'))).toBe(false)
  expect(sameVersion(version('0'), version('0', both))).toBe(false)
  expect(sameVersion(version('0'), { ...version('0'), base: 'c'.repeat(64) })).toBe(false)
})
