import { unseen } from '../../../shared/engine/families/padding.ts'
import { float32 } from '../../../shared/tensor.ts'
import type { LossGraph } from '../../autodiff/training-graph.ts'
import { criteriaBy } from '../../evaluate/better.ts'
import { thresholdsForPrecision } from '../../evaluate/choose-thresholds.ts'
import { int } from '../../onnx/graph.ts'
import type { PlainSettings } from '../plain-settings.ts'
import { headFeeds, headNames, headOf, initialHead } from './label-head.ts'
import type { Objective, TrainingExample } from './objective.ts'

type LossSettings = Pick<PlainSettings, 'zLoss'>

/**
 * −Σ targets · log softmax(scores) of each row, in nats, where scores [B, C] are the answers' `hidden` [B, 1, H] times `label_rows`
 * [B, C, H] plus `bias` [B, C], which are learned along, and `targets` [B, C] sum to 1. `known` [B, C] is 1 where a row's task has a label
 * and 0 where others have more: those count nothing. New inputs: these four. Lester et al. 2021.
 */
export const classification = {
  learns: headNames,
  loss: (settings: LossSettings) => ({
    key: `classification ${settings.zLoss}`,
    answers: 1,
    add: addClassification(settings),
  }),
  initial: initialHead,
  positions: () => undefined,
  lossOfText: (loss) => loss,
  several: false,
  criteria: criteriaBy('accuracy'),
  weight: ({ right, probabilities }, { labelWeights }) =>
    labelWeights === null
      ? 1
      : (probabilities?.reduce((sum, share, c) => sum + share * (labelWeights[c] as number), 0) ??
        (labelWeights[right as number] as number)),
  feeds: (batch, values, { labelSmoothing }: Pick<PlainSettings, 'labelSmoothing'>) => {
    const head = headFeeds(values)
    const C = head.bias.data.length
    const known = float32([C], new Float32Array(C).fill(1))
    const targets = ({ right, probabilities }: TrainingExample) =>
      float32(
        [C],
        Float32Array.from({ length: C }, (_, c) => {
          const wanted = probabilities === undefined ? Number(c === right) : (probabilities[c] as number)
          return wanted * (1 - labelSmoothing) + labelSmoothing / C
        }),
      )
    return batch.map((example) => ({ ...head, known, targets: targets(example) }))
  },
  head: headOf,
  thresholds: (predictions, { precision, thresholds: scope = 'task' }) =>
    precision === undefined ? undefined : thresholdsForPrecision(predictions(), precision, scope),
  answer: (_, temperature, thresholds) =>
    thresholds === undefined
      ? { type: 'softmax', version: 1, temperature }
      : { type: 'softmax', version: 2, temperature, thresholds: [...thresholds] },
} satisfies Objective

function addClassification({ zLoss }: LossSettings): LossGraph['add'] {
  return (b, hidden) => {
    const H = b.shapeOf(hidden).at(-1) as number
    const rows = b.input('label_rows', 'float32', ['B', 'C', H])
    const bias = b.input('bias', 'float32', ['B', 'C'])
    const known = b.input('known', 'float32', ['B', 'C'])
    const targets = b.input('targets', 'float32', ['B', 'C'])

    const products = b.add('Squeeze', [b.add('MatMul', [hidden, b.transpose(rows)]), b.integers([1])])
    const absent = b.add('Mul', [b.add('Sub', [known, b.floats(1)]), b.floats(-unseen)])
    const scores = b.add('Add', [b.add('Add', [products, bias]), absent], { name: 'scores' }) // [B, C]
    const logProbabilities = b.add('LogSoftmax', [scores], { attributes: { axis: int(1) } })
    const expected = (values: string) => b.add('Squeeze', [b.sum(b.add('Mul', [targets, values]), [1]), b.integers([1])])
    const losses = b.add('Neg', [expected(logProbabilities)], zLoss === 0 ? { name: 'losses' } : {})
    if (zLoss === 0) return { losses, learned: ['label_rows', 'bias'] }
    // log Σ exp(scores) is what softmax's logarithm takes off every score
    const logSum = expected(b.add('Sub', [scores, logProbabilities]))
    const penalty = b.add('Mul', [b.add('Mul', [logSum, logSum]), b.floats(zLoss)])
    return { losses: b.add('Add', [losses, penalty], { name: 'losses' }), learned: ['label_rows', 'bias'] }
  }
}
