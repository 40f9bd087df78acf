import {
  type Attributes,
  type Dim,
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
  type Shape,
  type ValueType,
} from './graph.ts'
import { shapeRules } from './operators/shapes.ts'

const operatorDomains: Record<string, string> = {
  RotaryEmbedding: domains.microsoft,
  LinearInt8: domains.softprompt,
  SiLU: domains.softprompt,
}

interface NodeOptions {
  readonly attributes?: Attributes
  /** The name of the first output; made up where it is left out. */
  readonly name?: string
  /** The shape of the first output, where it depends on values. */
  readonly shape?: Shape
}

/** Adds nodes to a graph, one after another, and keeps the type and shape of every value. A value is known by its name. */
export class GraphBuilder {
  readonly #inputs: string[] = []
  readonly #outputs: string[] = []
  readonly #nodes: Node[] = []
  readonly #initializers = new Map<string, Initializer>()
  readonly #values = new Map<string, ValueType>()
  readonly #functions: LocalFunction[] = []
  #made = 0

  /** A builder that goes on from `graph`, without its outputs. Dimensions named in `fixed` become numbers. */
  static from(graph: Graph, fixed: Readonly<Record<string, number>> = {}): GraphBuilder {
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

  input(name: string, type: ElementType, shape: Shape): string {
    this.#inputs.push(name)
    return this.#declare(name, { type, shape })
  }

  initializer(name: string, initializer: Initializer): string {
    this.#initializers.set(name, initializer)
    return this.#declare(name, initializer)
  }

  /** A constant of float32 numbers: a scalar, or a tensor of `shape`. */
  floats(values: number | readonly number[], shape?: readonly number[]): string {
    return this.#constant('float32', values, shape)
  }

  /** A constant of int64 numbers: a scalar, or a tensor of `shape` (by default a list). */
  integers(values: number | readonly number[], shape?: readonly number[]): string {
    return this.#constant('int64', values, shape)
  }

  function(definition: LocalFunction): void {
    if (!this.#functions.some(({ name }) => name === definition.name)) this.#functions.push(definition)
  }

  /** Adds a node with one output and returns its value. */
  add(op: string, inputs: readonly string[], options: NodeOptions = {}): string {
    return this.#add(op, inputs, options, 1)[0] as string
  }

  /** Adds a node with two outputs and returns both. */
  addPair(op: string, inputs: readonly string[], options: NodeOptions = {}): [string, string] {
    return this.#add(op, inputs, options, 2) as [string, string]
  }

  /** Splits `value` along `axis` into parts of `lengths` (lists of one int64), whose dimensions are `dims`. */
  split(value: string, axis: number, lengths: readonly string[], dims: Shape): string[] {
    const sizes = this.add('Concat', lengths, { attributes: { axis: int(0) } })
    const outputs = dims.map(() => this.#name('Split'))
    this.#nodes.push({ op: 'Split', domain: domains.onnx, inputs: [value, sizes], outputs, attributes: { axis: int(axis) } })
    const { type, shape } = this.typeOf(value)
    return outputs.map((output, i) => this.#declare(output, { type, shape: shape.with(axis, dims[i] as Dim) }))
  }

  /** The length of one axis of `value`, as a list of one int64. */
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

  shapeOf(value: string): Shape {
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

  /** The sum over `axes`, which stay as axes of length 1. */
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

  #add(op: string, inputs: readonly string[], { attributes = {}, name, shape }: NodeOptions, count: number): string[] {
    const outputs = Array.from({ length: count }, (_, i) => (i === 0 && name !== undefined ? name : this.#name(op)))
    const node: Node = { op, domain: operatorDomains[op] ?? domains.onnx, inputs, outputs, attributes }
    this.#nodes.push(node)
    const types = this.#infer(node, shape)
    outputs.forEach((output, i) => {
      const type = types[i]
      if (type === undefined) throw new Error(`${op} has no output ${i}`)
      this.#declare(output, type)
    })
    return outputs
  }

  #infer(node: Node, shape: Shape | undefined): readonly ValueType[] {
    const inputs = node.inputs.map((input) => this.typeOf(input))
    if (shape !== undefined) return [{ type: (inputs[0] as ValueType).type, shape }]
    const rule = shapeRules[node.op]
    if (rule === undefined) throw new Error(`operator ${node.op} has no shape rule`)
    const constant = (input: number) => inlineIntegers(this.#initializers.get(node.inputs[input] ?? ''))
    const types = rule(node, { inputs, constant })
    if (types === null) throw new Error(`the shape of ${node.op} ${node.outputs[0]} depends on values and must be given`)
    return types
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
