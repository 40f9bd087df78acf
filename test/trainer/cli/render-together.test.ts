import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SoftPromptError } from '../../../shared/error.ts'
import { renderTogether, showTogether } from '../../../trainer/cli/render-together.ts'
import { tellingOn } from '../../../trainer/cli/told.ts'
import { evaluationOf } from '../../../trainer/evaluate/evaluation.ts'
import { type Metrics, metricsOf } from '../../../trainer/evaluate/metrics.ts'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import type { WrittenPackage } from '../../../trainer/train/run.ts'
import type { TaskProgress } from '../../../trainer/train/run-together.ts'
import { asStream, Screen } from '../../fixtures/screen.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  vi.stubEnv('FORCE_COLOR', '0')
})
afterEach(() => void vi.useRealTimers())

const metrics = (accuracy: number, loss = 0.5): Metrics => ({ ...metricsOf([[1, 0]], [0], 2), accuracy, microF1: accuracy, loss })
const data: TaskProgress['event'] = { type: 'data', labels: 2, train: 85, dev: 15, heldOut: false }
const zeroShot: TaskProgress['event'] = { type: 'baseline', name: 'zero-shot', metrics: metrics(0.5, 0.7) }
const step = (done: number, accuracy: number | null = null): TaskProgress['event'] => {
  const dev = accuracy === null ? null : metrics(accuracy)
  return { type: 'step', step: done, steps: 100, loss: 0.7654, dev, examplesPerSecond: 141.7, secondsLeft: 65.4 }
}
const evaluated = (done: number, accuracy: number, best = true): TaskProgress['event'] => {
  return { type: 'evaluated', step: done, steps: 100, trainLoss: 0.5, metrics: metrics(accuracy), best }
}
const ended: TaskProgress['event'] = { type: 'ended', step: 100, steps: 100, bestStep: 60, patience: 5, learned: false }
const written = (accuracy: number): WrittenPackage => ({
  ...{ type: 'written', id: 'a'.repeat(64), bytes: 1536, method: 'prefix', bestStep: 60, steps: 100, metrics: metrics(accuracy, 0.25) },
  ...{ temperature: 1.5, baselines: { zeroShot: metrics(0.5) }, overProbe: null, abstaining: null, stillImproving: false },
  overZeroShot: { metric: 'accuracy', difference: 0.5, low: 0.4, high: 0.6 },
  ...{ labels: ['a', 'b'], learnedFrom: [1, 1], suspects: [], evaluation: evaluationOf(predictionsOf([[1, 0]], [0], 2), ['a', 'b']) },
})
const failed = (error: unknown): TaskProgress['event'] => ({ type: 'failed', error })

type Happening = readonly [string, TaskProgress['event']] | ((screen: Screen) => unknown)

/** What comes of events, between which something may be looked at. */
async function rendered(screen: Screen, tasks: readonly string[], happenings: readonly Happening[], { quiet = false } = {}) {
  async function* events(): AsyncGenerator<TaskProgress> {
    for (const happening of happenings) {
      vi.advanceTimersByTime(100)
      if (typeof happening === 'function') await happening(screen)
      else yield { task: happening[0], event: happening[1] }
    }
  }
  const { close: _, ...told } = tellingOn(asStream(screen), { quiet })
  return await renderTogether(events(), tasks, told)
}

const learning: Happening[] = [
  ['routing', data],
  ['spam', data],
  ['routing', zeroShot],
  ['routing', evaluated(10, 0.5)],
  ['routing', evaluated(20, 0.75)],
  ['routing', step(20, 0.75)],
]

test('on a terminal each task has a line; one that is over scrolls up with its figures', async () => {
  const screen = new Screen(80, 24)
  const seen: string[][] = []
  const look = async (screen: Screen) => seen.push(await screen.lines())
  const outcomes = await rendered(
    screen,
    ['routing', 'spam', 'mood'],
    [
      look,
      ...learning,
      look,
      ['routing', { type: 'warning', message: 'labels a and b begin alike' }],
      ['routing', evaluated(60, 0.875)],
      ['routing', step(60, 0.875)],
      look,
      ['routing', ended],
      ['spam', zeroShot],
      look,
      ['routing', written(0.875)],
      ['spam', failed(new SoftPromptError('invalid_data', 'Cannot read spam.csv: it is empty.'))],
      ['mood', step(1)],
      look,
      ['mood', { ...ended, step: 60, learned: true }],
      ['mood', written(0.6)],
    ],
  )
  expect(seen).toEqual([
    ['routing  waiting', 'spam     waiting', 'mood     waiting'],
    [
      'routing  ━━━╌╌╌╌╌╌╌╌╌╌╌  loss 0.765  dev 0.750  ▁█         142 ex/s   1:05 left',
      'spam     reading, fitting the probe',
      'mood     waiting',
    ],
    [
      'Warning: routing: labels a and b begin alike',
      'routing  ━━━━━━━━╌╌╌╌╌╌  loss 0.765  dev 0.875  ▁▆█        142 ex/s   1:05 left',
      'spam     reading, fitting the probe',
      'mood     waiting',
    ],
    ['Warning: routing: labels a and b begin alike', 'routing  measuring and writing', 'spam     starting', 'mood     waiting'],
    [
      'Warning: routing: labels a and b begin alike',
      'routing: ✓ dev accuracy 0.875, loss 0.250 (prefix, step 60 of 100)',
      'spam: ✗ Cannot read spam.csv: it is empty.',
      'mood     ╌╌╌╌╌╌╌╌╌╌╌╌╌╌  loss 0.765  dev –                 142 ex/s   1:05 left',
    ],
  ])
  expect((await screen.history()).slice(-2)).toEqual([
    'mood: Stopped early at step 60 of 100: the examples are learned (--min-loss).',
    'mood: ✓ dev accuracy 0.600, loss 0.250 (prefix, step 60 of 100)',
  ])
  expect(outcomes).toEqual([
    { task: 'routing', warnings: ['labels a and b begin alike'], written: written(0.875) },
    { task: 'spam', warnings: [], error: expect.objectContaining({ code: 'invalid_data' }) },
    { task: 'mood', warnings: [], written: written(0.6) },
  ])
})

test('more tasks than rows are summed up, those under way first, and each line fits', async () => {
  const screen = new Screen(40, 10)
  const tasks = Array.from({ length: 12 }, (_, i) => `support-task-${i + 1}`)
  const seen: string[][] = []
  const look = async (screen: Screen) => seen.push(await screen.lines())
  const under = (from: number, to: number) => tasks.slice(from, to).map((task): Happening => [task, step(50, 0.75)])
  await rendered(screen, tasks, [
    look,
    ...under(3, 5),
    look,
    ...under(0, 12),
    look,
    ...tasks.map((task): Happening => [task, written(0.8)]),
  ])
  expect(seen).toEqual([
    [...tasks.slice(0, 8).map((task) => `${task.padEnd(15)}  waiting`), 'and 4 more: 4 waiting'],
    [
      ...tasks.slice(3, 5).map((task) => `${task.padEnd(15)}  dev 0.750   1:05 left`),
      ...[...tasks.slice(0, 3), ...tasks.slice(5, 8)].map((task) => `${task.padEnd(15)}  waiting`),
      'and 4 more: 4 waiting',
    ],
    [...tasks.slice(0, 8).map((task) => `${task.padEnd(15)}  dev 0.750   1:05 left`), 'and 4 more: 4 under way'],
  ])
  expect(screen.written).not.toContain('undefined')
})

test('where there is no terminal, lines begin with their task, and tell of an evaluation in each fifth of a run', async () => {
  const screen = new Screen(80, 24, { isTTY: false })
  const evaluations = Array.from({ length: 20 }, (_, i): Happening => ['mood', evaluated(5 * (i + 1), 0.5 + i / 100)])
  await rendered(
    screen,
    ['mood', 'spam'],
    [
      ['mood', { type: 'warning', message: 'labels a and b begin alike' }],
      ['mood', data],
      ['mood', zeroShot],
      ['mood', step(1)],
      ...evaluations,
      ['mood', { ...ended, bestStep: 10 } as TaskProgress['event']],
      ['spam', failed(new Error('the loss is not a number'))],
      ['mood', written(0.69)],
    ],
  )
  expect(screen.written.trimEnd().split('\n')).toEqual([
    'Warning: mood: labels a and b begin alike',
    'mood: 85 examples of 2 labels to learn from; dev has 15.',
    'mood: zero-shot: dev accuracy 0.500, loss 0.700',
    'mood: step 20 of 100: train loss 0.500; dev accuracy 0.530, loss 0.500 (best so far)',
    'mood: step 40 of 100: train loss 0.500; dev accuracy 0.570, loss 0.500 (best so far)',
    'mood: step 60 of 100: train loss 0.500; dev accuracy 0.610, loss 0.500 (best so far)',
    'mood: step 80 of 100: train loss 0.500; dev accuracy 0.650, loss 0.500 (best so far)',
    'mood: step 100 of 100: train loss 0.500; dev accuracy 0.690, loss 0.500 (best so far)',
    'mood: Dev was best at step 10 and not after: a lower --learning-rate may do better.',
    'spam: ✗ the loss is not a number',
    'mood: ✓ dev accuracy 0.690, loss 0.250 (prefix, step 60 of 100)',
  ])
})

test('with --quiet only warnings and failures are told of', async () => {
  const screen = new Screen()
  await rendered(
    screen,
    ['routing', 'spam'],
    [...learning, ['routing', { type: 'warning', message: 'odd' }], ['routing', written(0.9)], ['spam', failed(new Error('no'))]],
    { quiet: true },
  )
  expect(screen.written).toBe('Warning: routing: odd\nspam: ✗ no\n')
})

test('what the runs throw is thrown, and nothing half-drawn is left', async () => {
  const screen = new Screen()
  const fails = () => Promise.reject(new Error('the disk is full'))
  await expect(rendered(screen, ['routing', 'spam'], [...learning, fails])).rejects.toThrow('the disk is full')
  expect(await screen.lines()).toEqual([])
  expect(await screen.cursor()).toEqual({ x: 0, y: 0 })
})

test('an event of a task that nobody named, and a task without an end, are defects', async () => {
  const screen = new Screen(80, 24, { isTTY: false })
  await expect(rendered(screen, ['routing'], [['spam', data]])).rejects.toThrow('task spam')
  await expect(rendered(screen, ['routing'], [['routing', data]])).rejects.toThrow('task routing ended without its package')
})

test('names of others command nothing, and long ones leave room for what is told of them', async () => {
  const screen = new Screen(60, 10)
  const long = 'x'.repeat(64)
  const seen: string[] = []
  await rendered(
    screen,
    [long, 'b'],
    [
      [long, step(50, 0.75)],
      async (screen) => seen.push(...(await screen.lines())),
      [long, failed(new Error('a\x1b[2Jb\nc'))],
      ['b', written(0.9)],
    ],
  )
  expect(seen[0]).toBe(`${'x'.repeat(24)}  loss 0.765  dev 0.750   1:05 left`)
  expect((await screen.lines()).join('')).toContain('✗ a\\u001b[2Jb\\nc')
})

test('who has more to tell of tasks than their learning shows that between', async () => {
  const screen = new Screen()
  const { close: _, ...told } = tellingOn(asStream(screen), { quiet: false })
  const shown = showTogether(['routing', 'spam'], told)
  shown.tell({ task: 'routing', event: written(0.9) })
  told.log('routing: 0.880 on test')
  shown.tell({ task: 'spam', event: failed(new SoftPromptError('interrupted', 'Stopped.')) }) // which is told once, of all
  shown.close()
  expect(await screen.lines()).toEqual(['routing: ✓ dev accuracy 0.900, loss 0.250 (prefix, step 60 of 100)', 'routing: 0.880 on test'])
})
