import { expect, test } from 'vitest'
import { modelFiles, modelKey, promptFiles, promptKey, taskKey, taskOfKey } from '../../../shared/formats/storage-keys.ts'

test('keys lie in three folders, by hash and by task', () => {
  const id = 'ab'.repeat(32)
  expect(modelFiles.map((file) => modelKey(id, file))).toEqual(
    ['model.json', 'tokenizer.json', 'model.onnx', 'model.onnx.data'].map((file) => `models/${id}/${file}`),
  )
  expect(promptFiles.map((file) => promptKey(id, file))).toContain(`prompts/${id}/labels.safetensors`)
  expect(taskKey('spam')).toBe('tasks/spam.json')
})

test('the task of a pointer’s key, and null for any other', () => {
  expect(taskOfKey(taskKey('a-b_c'))).toBe('a-b_c')
  for (const other of [
    'tasks/Spam.json',
    'tasks/a/b.json',
    'tasks/spam',
    'tasks/.json',
    'models/spam.json',
    'x/tasks/spam.json',
    'tasks/a\n.json',
  ])
    expect(taskOfKey(other)).toBeNull()
})
