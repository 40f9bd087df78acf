import type { Compilation } from '../../shared/engine/families/family.ts'
import type { ModelSizes } from '../../shared/formats/model-card.ts'
import { GraphBuilder } from '../onnx/builder.ts'
import type { Graph } from '../onnx/graph.ts'
import { addGradients } from './gradient.ts'

/** The name under which a training graph takes or gives d loss / d value. */
export const gradientName = (value: string) => `gradient.${value}`

/** A loss on a graph: its value, a scalar, and the inputs that it brought and whose gradients are wanted. */
export interface AddedLoss {
  readonly loss: string
  readonly learned: readonly string[]
}

/** What makes a loss of the positions that it wants. */
export interface LossGraph {
  /** K, the positions wanted of a row, where each row has as many; null where batches differ. */
  readonly answers: number | null
  /** Adds the loss to a graph that gives `hidden` [B, K, H]. */
  add(b: GraphBuilder, hidden: string): AddedLoss
}

/**
 * The texts' graph, forward and backward: takes a batch whose rows all follow one prompt (N = 1) and gives the loss and the gradients,
 * summed over the batch, of the inputs `moved`, through which the prompt comes to the texts, and of what the loss learns besides.
 */
export function textTrainingGraph(graph: Graph, moved: readonly string[], { answers, add }: LossGraph): { graph: Graph; added: AddedLoss } {
  const b = GraphBuilder.from(graph, answers === null ? { N: 1 } : { N: 1, K: answers })
  const added = add(b, 'hidden')
  const { loss, learned } = added
  const gradients = addGradients(b, new Map([[loss, b.floats(1)]]), [...moved, ...learned])
  b.output(loss)
  for (const [value, gradient] of gradients) b.output(b.add('Identity', [gradient], { name: gradientName(value) }))
  return { graph: b.build(), added }
}

/** The graph of a compilation backward: takes the gradients of its outputs and gives that of `prompt_table` [P, H]. */
export function promptTrainingGraph(graph: Graph, sizes: ModelSizes, { outputs }: Compilation): Graph {
  const b = GraphBuilder.from(graph, { B: 1, N: 1 })
  const seeds = new Map(outputs(sizes).map((name) => [name, b.input(gradientName(name), 'float32', b.shapeOf(name))]))
  const gradient = addGradients(b, seeds, ['prompt_table']).get('prompt_table') as string
  b.output(b.add('Identity', [gradient], { name: gradientName('prompt_table') }))
  return b.build()
}
