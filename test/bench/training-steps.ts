import { criteriaBy } from '../../trainer/evaluate/better.ts'
import { requireArchitecture } from '../../trainer/import/architectures/require-architecture.ts'
import type * as weightFormats from '../../trainer/import/weights/table.ts'
import { seededRandom } from '../../trainer/random.ts'
import { loadTensorFlow } from '../../trainer/tensorflow.ts'
import { placementOf } from '../../trainer/train/check-job.ts'
import { vocabulary } from '../../trainer/train/initializers/vocabulary.ts'
import { trainingLoop } from '../../trainer/train/loop.ts'
import type { Method } from '../../trainer/train/methods/method.ts'
import * as methods from '../../trainer/train/methods/table.ts'
import { headValues } from '../../trainer/train/objectives/label-head.ts'
import { settingsFor } from '../../trainer/train/settings.ts'
import { firstState } from '../../trainer/train/state.ts'
import { importCheckpoint } from './checkpoint-models.ts'

const labels = 4

interface Steps {
  readonly checkpoint: string
  readonly weights: keyof typeof weightFormats
  readonly method: keyof typeof methods
  /** The most that will be taken. */
  readonly steps: number
  readonly batch: number
  readonly textTokens: number
  readonly virtualTokens: number
  readonly threads: number
}

/** A function that takes the next step of a run with the default settings on random texts, and gives its milliseconds. The run never evaluates. */
export async function trainingSteps({ checkpoint, weights, method: name, ...shape }: Steps): Promise<() => Promise<number>> {
  const { batch, textTokens, virtualTokens } = shape
  const model = await importCheckpoint(checkpoint, weights, shape.threads)
  const { card } = model.opened
  const method: Method = methods[name]
  const settings = settingsFor(
    { method: name, virtualTokens, batchSize: batch, evaluateEvery: shape.steps + 1 },
    Number.POSITIVE_INFINITY,
    requireArchitecture(card).defaults,
  )
  const table = vocabulary.table({ model: model.opened, virtualTokens, labels: [], random: seededRandom(0, 1) })
  const rows = headValues({ labelRows: new Float32Array(labels * card.sizes.hidden), bias: new Float32Array(labels) })
  const begun = await method.variables({ table: () => table, prefix: () => model.frozen.compile(table) }, card.sizes)
  const variables = { ...begun, ...rows }
  const random = seededRandom(0)
  const train = Array.from({ length: shape.steps * batch }, (_, b) => ({
    inputIds: Array.from({ length: textTokens }, () => Math.floor(random() * card.sizes.vocabulary)),
    right: b % labels,
  }))
  const run = trainingLoop({
    ...{ model, tensorFlow: await loadTensorFlow(), settings, train, dev: [] },
    placement: placementOf(model.frozen.card, settings),
    fixed: rows,
    ...{ labelWeights: null, criteria: criteriaBy('accuracy') },
    state: firstState('', '', variables),
    signal: new AbortController().signal,
  })
  return async () => {
    const start = performance.now()
    const { value } = await run.next()
    const time = performance.now() - start
    if (value === undefined || !('type' in value) || value.type !== 'step')
      throw new Error('the training run did something else than a step')
    return time
  }
}
