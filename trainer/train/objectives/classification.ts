import { unseen } from '../../../shared/engine/families/padding.ts'
import { softmaxAnswer } from '../../../shared/engine/heads/softmax.ts'
import { SoftPromptError } from '../../../shared/error.ts'
import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import { type FloatTensor, float32 } from '../../../shared/tensor.ts'
import type { LossGraph } from '../../autodiff/training-graph.ts'
import { wordHead } from '../../import/word-head.ts'
import { int } from '../../onnx/graph.ts'
import type { Parameter, Parameters } from '../parameters.ts'
import type { PlainSettings } from '../plain-settings.ts'
import type { Objective, ObjectiveInput, ObjectiveValues, TrainingExample } from './objective.ts'

type LossSettings = Pick<PlainSettings, 'zLoss'>

/**
 * −Σ targets · log softmax(scores) of each row, in nats, where scores [B, C] are the answers' `hidden` [B, 1, H] times `label_rows`
 * [B, C, H] plus `bias` [B, C], which are learned along, and `targets` [B, C] sum to 1. `known` [B, C] is 1 where a row's task has a label
 * and 0 where others have more: those count nothing. New inputs: these four. Lester et al. 2021.
 */
export const classification = {
  learns: ['label_rows', 'bias'],
  loss: (settings: LossSettings) => ({
    key: `classification ${settings.zLoss}`,
    answers: 1,
    add: addClassification(settings),
  }),
  async initial({ model, labels, settings, probe }: ObjectiveInput): Promise<ObjectiveValues> {
    const C = labels.length
    const heads = {
      zeros: async () => ({ labelRows: new Float32Array(C * model.opened.card.sizes.hidden), bias: new Float32Array(C) }),
      words: () => wordHead(model, labels),
      async probe() {
        if (probe === null)
          throw new SoftPromptError('usage', 'Cannot start the label rows from the probe without one: leave out --no-probe.')
        return { labelRows: probe.labelRows.slice(), bias: probe.bias.slice() }
      },
    }
    const begun = headValues(await heads[settings.headInit]())
    return settings.head === 'learned' ? { learned: begun, fixed: {} } : { learned: {}, fixed: begun }
  },
  positions: () => undefined,
  feeds: (batch, values, { labelSmoothing }: Pick<PlainSettings, 'labelSmoothing'>) => {
    const [rows, bias] = [tensorOf(learnedValue(values, 'label_rows')), tensorOf(learnedValue(values, 'bias'))]
    const C = bias.data.length
    const known = float32([C], new Float32Array(C).fill(1))
    const targets = ({ label }: TrainingExample) =>
      float32(
        [C],
        Float32Array.from({ length: C }, (_, c) => (c === label ? 1 - labelSmoothing : 0) + labelSmoothing / C),
      )
    return batch.map((example) => ({ label_rows: rows, bias, known, targets: targets(example) }))
  },
  head: (values) => ({ labelRows: learnedValue(values, 'label_rows').data, bias: learnedValue(values, 'bias').data }),
  answer: softmaxAnswer,
} satisfies Objective

/** A head's numbers by the names that they have here. */
export function headValues({ labelRows, bias }: LabelHead): Record<'label_rows' | 'bias', Parameter> {
  const C = bias.length
  return { label_rows: { shape: [C, labelRows.length / C], data: labelRows }, bias: { shape: [C], data: bias } }
}

function learnedValue(values: Parameters, name: 'label_rows' | 'bias'): Parameter {
  const value = values[name]
  if (value === undefined) throw new Error(`classification has no ${name}`)
  return value
}

function tensorOf({ shape, data }: Parameter): FloatTensor {
  return float32(shape, data)
}

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
