import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import { type FloatTensor, float32, floatOutput } from '../../../shared/tensor.ts'
import { addGradients } from '../../autodiff/gradient.ts'
import { gradientName } from '../../autodiff/training-graph.ts'
import { GraphBuilder } from '../../onnx/builder.ts'
import { type Graph, int } from '../../onnx/graph.ts'
import { writeOnnx } from '../../onnx/write.ts'
import { openNodeSession } from '../../runtime.ts'

/** The loss of a linear classifier and its gradients, in ONNX Runtime: the products of N rows are what fitting one takes its time for. */
export interface ProbeLoss {
  /** The loss summed over the rows, in nats, with d loss / d label rows [C, H] and d loss / d bias [C]. */
  at(head: LabelHead): Promise<{ readonly loss: number; readonly gradient: LabelHead }>
  release(): Promise<void>
}

/** The loss on `features` [N, H], whose labels are `labels` [N] of `classes` classes. */
export async function openProbeLoss(features: Float32Array, labels: Int32Array, classes: number): Promise<ProbeLoss> {
  const N = labels.length
  const H = features.length / N
  const session = await openNodeSession(writeOnnx(lossGraph(H)), {})
  const given = { features: float32([N, H], features), targets: oneHot(labels, classes) } // fed anew each run, and not copied
  const [rowsGradient, biasGradient] = [gradientName('label_rows'), gradientName('bias')]
  return {
    async at({ labelRows, bias }) {
      const learned = { label_rows: float32([classes, H], labelRows), bias: float32([classes], bias) }
      const outputs = await session.run({ ...given, ...learned }, ['losses', rowsGradient, biasGradient])
      return {
        loss: floatOutput(outputs, 'losses').data.reduce((sum, loss) => sum + loss, 0), // in float64: a float32 sum of many is too coarse
        gradient: { labelRows: floatOutput(outputs, rowsGradient).data, bias: floatOutput(outputs, biasGradient).data },
      }
    },
    release: () => session.release(),
  }
}

/** `features` [N, H], `targets` [N, C], `label_rows` [C, H], `bias` [C] → `losses` [N, 1] and the gradients of their sum. */
function lossGraph(H: number): Graph {
  const b = new GraphBuilder()
  const [features, targets] = [b.input('features', 'float32', ['N', H]), b.input('targets', 'float32', ['N', 'C'])]
  const learned = [b.input('label_rows', 'float32', ['C', H]), b.input('bias', 'float32', ['C'])] as const
  const [labelRows, bias] = learned

  const scores = b.add('Add', [b.add('MatMul', [features, b.transpose(labelRows)]), bias]) // [N, C]
  const logProbabilities = b.add('LogSoftmax', [scores], { attributes: { axis: int(-1) } })
  const losses = b.add('Neg', [b.sum(b.add('Mul', [targets, logProbabilities]), [1])], { name: 'losses' }) // [N, 1]
  const ones = b.add('Expand', [b.floats(1), b.add('Shape', [losses])], { shape: b.shapeOf(losses) })
  const gradients = addGradients(b, new Map([[losses, ones]]), learned)

  b.output(losses)
  for (const [value, gradient] of gradients) b.output(b.add('Identity', [gradient], { name: gradientName(value) }))
  return b.build()
}

/** 1 at each row's label, 0 elsewhere: [N, C]. */
function oneHot(labels: Int32Array, classes: number): FloatTensor {
  const targets = float32([labels.length, classes])
  labels.forEach((label, n) => {
    targets.data[n * classes + label] = 1
  })
  return targets
}
