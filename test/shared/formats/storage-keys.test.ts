import { expect, test } from 'vitest'
import { TaskName } from '../../../shared/formats/prompt-card.ts'
import { modelFiles, modelKey, promptFiles, promptKey, TaskPointer, taskKey } from '../../../shared/formats/storage-keys.ts'

test('keys lie in three folders, by hash and by task', () => {
  const id = 'ab'.repeat(32)
  expect(modelFiles.map((file) => modelKey(id, file))).toEqual(
    ['model.json', 'tokenizer.json', 'model.onnx', 'model.onnx.data'].map((file) => `models/${id}/${file}`),
  )
  expect(promptFiles.map((file) => promptKey(id, file))).toContain(`prompts/${id}/labels.safetensors`)
  expect(taskKey('spam')).toBe('tasks/spam.json')
})

test.each(['spam', 'a', '0', 'a-b_c', 'x'.repeat(64)])('%s is a task’s name', (name) => {
  expect(TaskName.safeParse(name).success).toBe(true)
})

test.each(['', 'Spam', '-a', 'a-', 'a/b', '..', 'a.b', 'a b', 'ü', 'a\n', 'x'.repeat(65), 'a@b'])(
  '%j is none: it could not stand in a key or a URL',
  (name) => {
    expect(TaskName.safeParse(name).success).toBe(false)
  },
)

test('a pointer has a live version, at most 64 earlier ones, and a time', () => {
  const version = { prompt: '0'.repeat(64), model: '1'.repeat(64) }
  const pointer = { live: version, previous: Array(64).fill(version), updated: '2026-01-01T00:00:00Z' }
  expect(TaskPointer.parse(pointer)).toEqual(pointer)
  for (const wrong of [
    { ...pointer, previous: Array(65).fill(version) },
    { ...pointer, live: { prompt: version.prompt } },
    { live: version, updated: '' },
  ]) {
    expect(TaskPointer.safeParse(wrong).success).toBe(false)
  }
})
