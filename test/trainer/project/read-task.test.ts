import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { PlannedTask } from '../../../trainer/project/project-tasks.ts'
import { readTask } from '../../../trainer/project/read-task.ts'

const folder = mkdtempSync(join(tmpdir(), 'task-files-'))
const file = (name: string, ...records: object[]) => {
  writeFileSync(join(folder, name), records.map((record) => JSON.stringify(record)).join('\n'))
  return join(folder, name)
}
const task = (...train: string[]): PlannedTask => ({
  ...{ name: 'a', model: 'model', out: 'out', train, dev: null, test: null, verbalizers: {}, minimum: {}, settings: {} },
  columns: { text: 'text', label: 'label' },
})
const [one, two] = [file('one.jsonl', { text: '1', label: 'x' }), file('two.jsonl', { text: '2', label: 'y' })]
const several = file('several.jsonl', { text: '3', labels: ['x', 'y'] })

test('several files are read as one, in their order', () => {
  const { train, dev } = readTask(task(one, two))
  expect(train.examples).toEqual([
    { text: '1', label: 'x' },
    { text: '2', label: 'y' },
  ])
  expect(train.file).toBe(`${one} and 1 more`)
  expect(dev).toBeUndefined()
})

test.each([
  ['behind', [one, several]],
  ['before', [several, one]],
])('a file with lists of labels %s one without is refused, naming both', (_, files) => {
  expect(() => readTask(task(...files))).toThrow(
    `Cannot read ${several} and ${one} as examples of one task: the first has lists of labels, the other one label each. Write all in one way.`,
  )
})
