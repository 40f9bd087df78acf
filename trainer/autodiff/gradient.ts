import type { GraphBuilder } from '../onnx/builder.ts'
import type { Node } from '../onnx/graph.ts'
import { zerosLike } from '../onnx/operators/like.ts'
import type { InputGradient, Operator } from '../onnx/operators/operator.ts'
import * as operators from '../onnx/operators/table.ts'

const table: Readonly<Record<string, Operator>> = operators

/**
 * Adds the gradients of `wanted` to the graph by one reverse walk over the nodes between them and `seeds` (values with
 * d loss / d value given), and returns the value that holds each. Throws where an operator between them has no rule, or a
 * value between them is not float32: its gradient would be zero in silence.
 */
export function addGradients(b: GraphBuilder, seeds: ReadonlyMap<string, string>, wanted: readonly string[]): Map<string, string> {
  const nodes = b.nodes.filter(({ op }) => table[op]?.dependsOnShapesAlone !== true)
  const { moving, departures } = dependents(b, nodes, wanted)
  const gradients = new Map(seeds)

  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => gradients.has(output)) || !node.inputs.some((input) => moving.has(input))) continue
    requireFloats(b, node, departures)
    const given = node.outputs.map((output) => gradients.get(output))
    const inputGradient = inputGradients(b, node, given)
    node.inputs.forEach((input, i) => {
      if (!moving.has(input)) return
      const gradient = inputGradient[i]?.()
      if (gradient === undefined) throw new Error(`operator ${node.op} (node ${node.outputs[0]}) has no gradient for its input ${input}`)
      const before = gradients.get(input)
      gradients.set(input, before === undefined ? gradient : b.add('Add', [before, gradient]))
    })
  }
  return new Map(wanted.map((value) => [value, gradients.get(value) ?? zerosLike(b, value)]))
}

function inputGradients(b: GraphBuilder, node: Node, given: readonly (string | undefined)[]): readonly (InputGradient | null)[] {
  const { gradient, helperOutputs = 0 } = table[node.op] ?? {}
  if (gradient === undefined) throw new Error(`operator ${node.op} (node ${node.outputs[0]}) has no gradient rule`)
  const needed = node.outputs.slice(0, node.outputs.length - helperOutputs)
  if (given.slice(needed.length).some((helper) => helper !== undefined)) {
    const first = needed.length === 1 ? 'its first output' : `its first ${needed.length} outputs`
    throw new Error(`operator ${node.op} (node ${node.outputs[0]}) has a gradient rule for ${first} alone`)
  }
  return gradient(
    node,
    needed.map((output, i) => given[i] ?? zerosLike(b, output)),
    b,
  )
}

/** Where the way from a wanted value leaves float32: `node` makes `value` of `source`. */
interface Departure {
  readonly node: Node
  readonly value: string
  readonly source: string
}

/** All values that change when one of `wanted` does, and for those that are not float32, where float32 was left. */
function dependents(b: GraphBuilder, nodes: readonly Node[], wanted: readonly string[]) {
  const moving = new Set(wanted)
  const departures = new Map<string, Departure>()
  for (const node of nodes) {
    const source = node.inputs.find((input) => moving.has(input))
    if (source === undefined) continue
    for (const value of node.outputs) {
      moving.add(value)
      if (b.typeOf(value).type !== 'float32') departures.set(value, departures.get(source) ?? { node, value, source })
    }
  }
  return { moving, departures }
}

/** Throws where a node on the way to the loss takes a value that is not float32 and depends on a wanted one. */
function requireFloats(b: GraphBuilder, { inputs }: Node, departures: ReadonlyMap<string, Departure>): void {
  for (const input of inputs) {
    const departure = departures.get(input)
    if (departure === undefined) continue
    const { node, value, source } = departure
    throw new Error(
      `value ${value}, which ${node.op} (node ${node.outputs[0]}) makes of ${source}, leaves float32 on the way to the loss: ` +
        `it is ${b.typeOf(value).type}, through which no gradient passes`,
    )
  }
}
