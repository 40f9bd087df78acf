import { expect, test } from 'vitest'
import { shortfall } from '../../../trainer/project/judge.ts'
import type { TaskPackage } from '../../../trainer/project/plan.ts'
import type { PlannedTask } from '../../../trainer/project/project-tasks.ts'

const short = (minimum: PlannedTask['minimum'], dev: object, test: object | null = null, tested = test !== null) =>
  shortfall(
    { minimum, test: tested ? ['test.csv'] : null } as PlannedTask,
    { card: { metrics: dev }, measurement: test && { evaluation: { metrics: test } } } as unknown as TaskPackage,
  )

test('a package is held to what its task wants, on test where it has one', () => {
  expect(short({}, { accuracy: 0 })).toBeNull()
  expect(short({ accuracy: 0.9 }, { accuracy: 0.9 })).toBeNull()
  expect(short({ accuracy: 0.9 }, { accuracy: 0.8 })).toBe('accuracy 0.800 on dev is below 0.9')
  expect(short({ accuracy: 0.9 }, { accuracy: 0.8 }, { accuracy: 0.95 })).toBeNull()
  expect(short({ accuracy: 0.9, macroF1: 0.5 }, {}, { accuracy: 0.8, macroF1: 0.4 })).toBe(
    'accuracy 0.800 on test is below 0.9; macroF1 0.400 on test is below 0.5',
  )
})

test('what was not measured does not pass', () => {
  expect(short({ accuracy: 0.1 }, { accuracy: 1 }, null, true)).toBe('accuracy was not measured on test')
  expect(short({ macroF1: 0.1 }, { accuracy: 1 })).toBe('macroF1 was not measured on dev')
})

test.each([
  [0.8999, 0.9, '0.8999'], // in three digits it would be 0.900
  [0.89, 0.9, '0.890'],
  [0.9 - 1e-9, 0.9, '0.899999999'],
  [0.9 - 2 ** -53, 0.9, '0.8999999999999999'],
])('%f shows as many digits as tell it from %f', (found, wanted, shown) => {
  expect(short({ accuracy: wanted }, { accuracy: found })).toBe(`accuracy ${shown} on dev is below ${wanted}`)
})

test('how many texts are answered, and how right, can be asked for; where nothing is withheld all are', () => {
  expect(short({ coverage: 0.9, answeredAccuracy: 0.8 }, { accuracy: 0.85 })).toBeNull()
  expect(short({ coverage: 0.9 }, { accuracy: 0.85, coverage: 0.5 })).toBe('coverage 0.500 on dev is below 0.9')
  const withheld = { measurement: { evaluation: { metrics: { accuracy: 0.9 }, abstaining: { coverage: 0.02, accuracy: 1 } } } }
  const task = { minimum: { coverage: 0.5, answeredAccuracy: 0.95 }, test: ['test.csv'] } as unknown as PlannedTask
  expect(shortfall(task, { card: { metrics: {} }, ...withheld } as unknown as TaskPackage)).toBe('coverage 0.020 on test is below 0.5')
})
