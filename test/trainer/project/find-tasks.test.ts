import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findTasks } from '../../../trainer/project/find-tasks.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

test('tasks of one name are told apart, and none is lost', () => {
  const folder = temporaryFolder()
  for (const name of ['a/spam', 'b/spam', 'spam-2']) {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'train.jsonl'), '{"text": "a", "label": "b"}')
  }
  const found = findTasks(folder)
  expect(found).toHaveLength(3)
  expect(new Set(found.map(({ name }) => name)).size).toBe(3)
})
