import type { Compilation } from '../../shared/engine/families/family.ts'
import type { ModelSizes } from '../../shared/formats/model-card.ts'
import { GraphBuilder } from '../onnx/builder.ts'
import type { Graph } from '../onnx/graph.ts'
import { addGradients } from './gradient.ts'

/** The name under which a training graph takes or gives d loss / d value. */
export const gradientName = (value: string) => `gradient.${value}`

/** What the loss of each row counts: an input [B] of a training graph. */
export const lossWeights = 'loss_weights'

/** A loss on a graph: that of each row, [B], and the inputs [B, …] that it brought and whose gradients are wanted. */
export interface AddedLoss {
  readonly losses: string
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
 * The texts' graph, forward and backward: takes a batch in which each row follows a prompt of its own (N = B) and gives the losses and, for
 * each row by itself, the gradients of Σ `loss_weights` · losses with respect to the inputs `moved`, through which the prompts come to the
 * texts, and to what the loss learns besides.
 */
export function textTrainingGraph(graph: Graph, moved: readonly string[], { answers, add }: LossGraph): { graph: Graph; added: AddedLoss } {
  const b = GraphBuilder.from(graph, { N: 'B', ...(answers === null ? {} : { K: answers }) })
  const added = add(b, 'hidden')
  const { losses, learned } = added
  const weights = b.input(lossWeights, 'float32', ['B'])
  const gradients = addGradients(b, new Map([[losses, weights]]), [...moved, ...learned])
  b.output(losses)
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
