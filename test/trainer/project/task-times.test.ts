import { expect, test } from 'vitest'
import type { ProjectEvent } from '../../../trainer/project/run-project.ts'
import { TaskTimes } from '../../../trainer/project/task-times.ts'

/** What is told, and when, in seconds. */
type Told = [at: number, task: string, type: ProjectEvent['event']['type']]

function timesOf(told: readonly Told[]): TaskTimes {
  let now = 0
  const plans = ['a', 'b'].map((name) => ({ task: { name }, examplesPerStep: 16 })) as unknown as ConstructorParameters<typeof TaskTimes>[0]
  const times = new TaskTimes(plans, () => now)
  for (const [at, task, type] of told) {
    now = 1000 * at
    times.hear({ task, event: { type } } as ProjectEvent)
  }
  return times
}

test('a task has its own time: while it learned, beside others, and while it was measured', () => {
  const times = timesOf([
    [1, 'a', 'data'],
    [2, 'a', 'step'],
    [3, 'b', 'data'],
    [4, 'b', 'step'],
    [5, 'a', 'written'],
    [10, 'b', 'failed'],
    [12, 'a', 'measured'],
  ])
  expect(times.of('a')).toBe(5 + 2)
  expect(times.of('b')).toBe(8)
  expect(times.of('c')).toBe(0)
  expect(times.examplesPerSecond).toBe(32 / 3) // from the first step's begin to the last one's end
})

test('where nothing learned there is no pace', () => {
  expect(timesOf([[1, 'a', 'measured']]).examplesPerSecond).toBeNull()
})
