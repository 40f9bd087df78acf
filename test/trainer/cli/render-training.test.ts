import { expect, test } from 'vitest'
import type { Lines } from '../../../trainer/cli/live-region.ts'
import { renderTraining } from '../../../trainer/cli/render-training.ts'
import type { Line } from '../../../trainer/cli/styled.ts'
import { evaluationOf } from '../../../trainer/evaluate/evaluation.ts'
import { type Metrics, type MetricValues, metricsOf } from '../../../trainer/evaluate/metrics.ts'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import type { TrainEvent } from '../../../trainer/library/events.ts'
import type { WrittenPackage } from '../../../trainer/train/run.ts'

const metrics = (accuracy: number, loss: number): Metrics => ({ ...metricsOf([[1, 0]], [0], 2), accuracy, microF1: accuracy, loss })
const step = (done: number, dev: MetricValues | null): TrainEvent => ({
  type: 'step',
  step: done,
  steps: 12,
  loss: 0.7654,
  dev,
  examplesPerSecond: 41.7,
  secondsLeft: 65.4,
})
const written: WrittenPackage = {
  type: 'written',
  id: 'a'.repeat(64),
  bytes: 1536,
  method: 'prefix',
  bestStep: 6,
  steps: 12,
  metrics: metrics(0.875, 0.25),
  temperature: 1.5,
  baselines: { probe: metrics(0.75, 0.5), zeroShot: metrics(0.5, 0.7) },
  ...{ labels: ['a', 'b'], learnedFrom: [1, 1], suspects: [], evaluation: evaluationOf(predictionsOf([[1, 0]], [0], 2), ['a', 'b']) },
  abstaining: null,
  stillImproving: false,
  overZeroShot: { metric: 'accuracy', difference: 0.5, low: 0.4, high: 0.6 },
  overProbe: { metric: 'accuracy', difference: 0.125, low: -0.1, high: 0.35 },
}
const happened: TrainEvent[] = [
  { type: 'note', message: 'Learning fruit' },
  { type: 'data', labels: 2, train: 85, dev: 15, heldOut: true },
  { type: 'warning', message: 'labels fruit and metal begin with the same token' },
  { type: 'baseline', name: 'linear probe', metrics: metrics(0.75, 0.5) },
  step(1, null),
  { type: 'evaluated', step: 6, steps: 12, trainLoss: 0.5, metrics: metrics(0.875, 0.25), best: true },
  { type: 'checkpoint', step: 6 },
  step(7, metrics(0.875, 0.25)),
  { type: 'evaluated', step: 12, steps: 12, trainLoss: 0.25, metrics: metrics(0.75, 0.4567), best: false },
  { type: 'ended', step: 12, steps: 12, bestStep: 6, patience: 5, learned: false },
  written,
]

async function* events(list: readonly TrainEvent[]) {
  yield* list
}

/** A line without its colours. */
const plain = (line: Line) => (typeof line === 'string' ? line : line.map((part) => (typeof part === 'string' ? part : part.text)).join(''))

/** What is shown of events, and what comes of them. */
async function rendered(list = happened) {
  const [lines, statuses] = [[] as string[], [] as string[]]
  const told = {
    log: (line: Line) => lines.push(plain(line)),
    warn: (message: string) => lines.push(`Warning: ${message}`),
    fail: (line: Line) => lines.push(plain(line)),
    status: (shown: string | Lines) =>
      statuses.push(...(typeof shown === 'string' ? [shown] : shown({ columns: 100, rows: 24 }).map(plain))),
  }
  await renderTraining(events(list), told)
  return { lines, statuses }
}

test('warnings and evaluations are lines, steps a line that is rewritten', async () => {
  const { lines, statuses } = await rendered()
  expect(lines).toEqual([
    'Learning fruit',
    '85 examples of 2 labels to learn from; dev has 15, held out of the same file (15 %).',
    'Warning: labels fruit and metal begin with the same token',
    'linear probe: dev accuracy 0.750, loss 0.500',
    'step 6 of 12: train loss 0.500; dev accuracy 0.875, loss 0.250 (best so far)',
    'step 12 of 12: train loss 0.250; dev accuracy 0.750, loss 0.457',
  ])
  expect(statuses).toEqual([
    '━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 1/12  train loss 0.765  dev –  42 examples/s  1:05 left',
    '━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌ 7/12  train loss 0.765  dev accuracy 0.875  42 examples/s  1:05 left',
  ])
})

test.each([
  [{ step: 12, steps: 12, bestStep: 6, patience: 5, learned: false }, []],
  [{ step: 12, steps: 12, bestStep: 12, patience: 5, learned: false }, []],
  [
    { step: 300, steps: 600, bestStep: 200, patience: 1, learned: false },
    ['Stopped early at step 300 of 600: 1 evaluation without a better one (--patience).'],
  ],
  [{ step: 300, steps: 600, bestStep: 300, patience: 5, learned: true }, ['Stopped early at step 300 of 600: the examples are learned (--min-loss).']], // biome-ignore format: a row
  [
    { step: 300, steps: 600, bestStep: 50, patience: 5, learned: false },
    [
      'Stopped early at step 300 of 600: 5 evaluations without a better one (--patience).',
      'Dev was best at step 50 and not after: a lower --learning-rate may do better.',
    ],
  ],
])('how learning ended is said, and what that suggests: %j', async (event, expected) => {
  expect((await rendered([{ type: 'ended', ...event }, written])).lines).toEqual(expected)
})

test('what the run throws is thrown', async () => {
  async function* failing() {
    yield step(1, null)
    throw new Error('the loss is not a number')
  }
  const silent = { log: () => undefined, warn: () => undefined, fail: () => undefined, status: () => undefined }
  await expect(renderTraining(failing(), silent)).rejects.toThrow('the loss is not a number')
})
