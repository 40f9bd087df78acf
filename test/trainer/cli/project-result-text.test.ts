import { expect, test } from 'vitest'
import { projectResultText } from '../../../trainer/cli/project-result-text.ts'
import type { ProjectResult } from '../../../trainer/project/project-result.ts'

type Task = ProjectResult['tasks'][number]
const suspect = { text: 'I was billed twice', label: 'bug', answer: 'billing', ofLabel: 0.1, ofAnswer: 0.9 }
const task = (name: string, rest: Partial<Task> = {}): Task => ({
  ...{ task: name, result: 'trained', package: `runs/${name}`, prompt: 'a'.repeat(64), seconds: 1, warnings: [], suspects: [] },
  ...{ dev: { accuracy: 0.9 }, test: null, baselines: { probe: { accuracy: 0.8 } }, minimum: {}, passed: true },
  ...{ problem: null, error: null, verdict: ['Good.', 'Nothing.', 'Publish it.'], ...rest },
})
const text = (tasks: Task[], named?: string) =>
  projectResultText({ project: 'p.yaml', tasks, failed: tasks.flatMap(({ passed, task: name }) => (passed ? [] : [name])) }, named)

test('how many labels are in doubt, and where they can be looked at, is said in a line', () => {
  const doubted = [task('clean'), task('few', { suspects: [suspect] }), task('many', { suspects: Array(5).fill(suspect) })]
  expect(text(doubted, 'my project.yaml')).toMatch(
    /\nSome examples of dev may be mislabelled: few \(1\), many \(5 or more\)\. To see which: .*report --project 'my project\.yaml' --out report\.html\n/,
  )
  expect(text([task('clean')])).not.toContain('mislabelled')
})

test('a task that falls short says why and what next', () => {
  const missed = task('strict', { passed: false, problem: 'accuracy 0.900 on dev is below 1', minimum: { accuracy: 1 } })
  expect(text([task('clean'), missed])).toMatch(
    /\nstrict: accuracy 0\.900 on dev is below 1\. Nothing\. Publish it\.\n1 task of 2 did not pass; the others can be published\.\n/,
  )
  expect(text([missed])).toMatch(/\nNo task passed\.$/)
})

test('the figure of several labels a text is micro-F1, and what is withheld is said', () => {
  const several = { accuracy: 0.4, microF1: 0.8 }
  expect(text([task('many', { dev: several, test: { ...several, microF1: 0.75 }, baselines: { probe: several } })])).toMatch(
    /^many +trained +0\.800 micro-F1 +0\.800 micro-F1 +0\.750 micro-F1 +–$/m,
  )
  expect(text([task('sure', { dev: { accuracy: 0.9, microF1: 0.9, coverage: 0.8 } })])).toMatch(
    /^sure +trained +0\.900 \(80 % answered\) /m,
  )
})
