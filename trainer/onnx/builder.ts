import {
  type Dims,
  domains,
  type ElementType,
  type Graph,
  type Initializer,
  inline,
  inlineIntegers,
  int,
  ints,
  intsAttribute,
  type LocalFunction,
  type Node,
  type ValueType,
} from './graph.ts'
import type { Builder, NodeOptions, Operator } from './operators/operator.ts'
import * as operators from './operators/table.ts'

const table: Readonly<Record<string, Operator>> = operators

/** Adds nodes to a graph, one after another, and keeps the type and shape of every value. A value is known by its name. */
export class GraphBuilder implements Builder {
  readonly #inputs: string[] = []
  readonly #outputs: string[] = []
  readonly #nodes: Node[] = []
  readonly #initializers = new Map<string, Initializer>()
  readonly #values = new Map<string, ValueType>()
  readonly #functions: LocalFunction[] = []
  #made = 0

  /** A builder that goes on from `graph`, without its outputs. Dimensions named in `fixed` become numbers, or other dimensions. */
  static from(graph: Graph, fixed: Readonly<Record<string, Dims[number]>> = {}): GraphBuilder {
    const builder = new GraphBuilder()
    builder.#inputs.push(...graph.inputs)
    builder.#nodes.push(...graph.nodes)
    builder.#functions.push(...graph.functions)
    for (const [name, initializer] of graph.initializers) builder.#initializers.set(name, initializer)
    for (const [name, { type, shape }] of graph.values) {
      builder.#values.set(name, { type, shape: shape.map((dim) => fixed[dim] ?? dim) })
    }
    return builder
  }

  input(name: string, type: ElementType, shape: Dims): string {
    this.#inputs.push(name)
    return this.#declare(name, { type, shape })
  }

  initializer(name: string, initializer: Initializer): string {
    this.#initializers.set(name, initializer)
    return this.#declare(name, initializer)
  }

  floats(values: number | readonly number[], shape?: readonly number[]): string {
    return this.#constant('float32', values, shape)
  }

  integers(values: number | readonly number[], shape?: readonly number[]): string {
    return this.#constant('int64', values, shape)
  }

  add(op: string, inputs: readonly string[], { shape, ...options }: NodeOptions = {}): string {
    return this.#add(op, inputs, options, 1, shape && [shape])[0] as string
  }

  /** Adds a node with `count` outputs and returns them. */
  addAll(op: string, inputs: readonly string[], count: number, options: Omit<NodeOptions, 'shape'> = {}): string[] {
    return this.#add(op, inputs, options, count)
  }

  split(value: string, axis: number, lengths: readonly string[], dims: Dims): string[] {
    const sizes = this.add('Concat', lengths, { attributes: { axis: int(0) } })
    const shapes = dims.map((dim) => this.shapeOf(value).with(axis, dim))
    return this.#add('Split', [value, sizes], { attributes: { axis: int(axis) } }, dims.length, shapes)
  }

  dimension(value: string, axis: number): string {
    return this.add('Shape', [value], { attributes: { start: int(axis), end: int(axis + 1) } })
  }

  /** Makes `value` an output of the graph, under its own name. */
  output(value: string): void {
    this.typeOf(value)
    this.#outputs.push(value)
  }

  get nodes(): readonly Node[] {
    return this.#nodes
  }

  typeOf(value: string): ValueType {
    const known = this.#values.get(value)
    if (known === undefined) throw new Error(`value ${value} is not in the graph`)
    return known
  }

  shapeOf(value: string): Dims {
    return this.typeOf(value).shape
  }

  rankOf(value: string): number {
    return this.shapeOf(value).length
  }

  /** Exchanges the last two axes. Done twice, it gives back the first value: no node is left to run, or to be fused. */
  transpose(value: string): string {
    const rank = this.rankOf(value)
    const perm = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis))
    const maker = this.#nodes.find(({ outputs }) => outputs.includes(value))
    if (maker?.op === 'Transpose' && intsAttribute(maker, 'perm').join() === perm.join()) return maker.inputs[0] as string
    return this.add('Transpose', [value], { attributes: { perm: ints(perm) } })
  }

  sum(value: string, axes: readonly number[]): string {
    return this.add('ReduceSum', [value, this.integers(axes)], { attributes: { keepdims: int(1) } })
  }

  build(): Graph {
    return {
      inputs: this.#inputs,
      outputs: this.#outputs,
      initializers: this.#initializers,
      nodes: this.#nodes,
      values: this.#values,
      functions: this.#functions,
    }
  }

  #add(
    op: string,
    inputs: readonly string[],
    { attributes = {}, name }: Omit<NodeOptions, 'shape'>,
    count: number,
    shapes?: readonly Dims[],
  ): string[] {
    const operator = table[op]
    if (operator === undefined) throw new Error(`operator ${op} has no shape rule, as it is not in the table of operators`)
    const outputs = Array.from({ length: count }, (_, i) => (i === 0 && name !== undefined ? name : this.#name(op)))
    const node: Node = { op, domain: operator.domain ?? domains.onnx, inputs, outputs, attributes }
    const types = this.#infer(operator, node, shapes)
    if (types.length !== count) throw new Error(`${op} was added with ${count} outputs, and its shape rule gives ${types.length}`)
    this.#nodes.push(node)
    this.#addBody(operator, node)
    return outputs.map((output, i) => this.#declare(output, types[i] as ValueType))
  }

  /** The types of the outputs. `shapes` stand in for the operator's rule: then the outputs are of the first input's type. */
  #infer(operator: Operator, node: Node, shapes: readonly Dims[] | undefined): readonly ValueType[] {
    const inputs = node.inputs.map((input) => this.typeOf(input))
    const input = (index: number) => {
      const known = inputs[index]
      if (known === undefined) throw new Error(`input ${index} of ${node.op} ${node.outputs[0]} is missing`)
      return known
    }
    if (shapes !== undefined) return shapes.map((shape) => ({ type: input(0).type, shape }))
    const constant = (index: number) => inlineIntegers(this.#initializers.get(node.inputs[index] ?? ''))
    const types = operator.shape(node, { inputs, input, constant })
    if (types === null) throw new Error(`the shape of ${node.op} ${node.outputs[0]} depends on values and must be given`)
    return types
  }

  /**
   * Makes an own operator's body one of the graph's functions, once. The one that is used first stands last: model packages
   * are known by their bytes, so the order that the first of them had is kept.
   */
  #addBody({ body }: Operator, { op: name, domain }: Node): void {
    if (body === undefined || this.#functions.some((known) => known.name === name && known.domain === domain)) return
    this.#functions.unshift({ domain, name, ...body })
  }

  #constant(type: ElementType, values: number | readonly number[], shape?: readonly number[]): string {
    const list = typeof values === 'number' ? [values] : values
    const dims = shape ?? (typeof values === 'number' ? [] : [list.length])
    const name = `${type}[${dims}]:${list.join(',')}`
    return this.#initializers.has(name) ? name : this.initializer(name, inline(type, dims, list))
  }

  #declare(name: string, type: ValueType): string {
    if (this.#values.has(name)) throw new Error(`value ${name} is already in the graph`)
    this.#values.set(name, { type: type.type, shape: type.shape })
    return name
  }

  #name(op: string): string {
    let name: string
    do name = `${op}_${this.#made++}`
    while (this.#values.has(name))
    return name
  }
}
