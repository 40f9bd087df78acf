import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectTasks } from '../../../trainer/project/project-tasks.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()
mkdirSync(join(folder, 'data'))
writeFileSync(join(folder, 'data/a.csv'), 'text,label\n')
const tasksOf = (content: Parameters<typeof projectTasks>[0]['content']) => projectTasks({ file: 'it.yaml', folder, content }, 'model')

test('what every task has need not have an effect on each, and what a task states of itself has to', () => {
  const train = 'data/*.csv'
  const defaults = { steps: 9, dropout: 0.1, thresholds: 'label' } as const
  const [quick, sure] = tasksOf({
    defaults,
    tasks: { quick: { train, method: 'probe', steps: undefined }, sure: { train, precision: 0.9 } },
  })
  expect(quick?.settings).toMatchObject({ dropout: 0.1, method: 'probe' })
  expect(sure?.settings).toEqual({ ...defaults, precision: 0.9 })
  expect(() =>
    tasksOf({ defaults: { method: 'probe' }, tasks: { a: { train, steps: 9 }, b: { train }, c: { train, thresholds: 'task' } } }),
  ).toThrow(
    expect.objectContaining({
      details: [
        'tasks.a: Cannot use tasks.a.steps with tasks.a.method: probe: nothing is learned step by step. Leave out one or the other.',
        expect.stringContaining('tasks.c: Cannot use tasks.c.thresholds without tasks.c.precision'),
      ],
    }),
  )
})
