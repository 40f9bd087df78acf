/** A dimension: a number, or a name where it is known only when the graph runs. */
export type Dim = number | string
export type Dims = readonly Dim[]

/** The types of numbers that are used here, with their bytes. */
export const elementBytes = { float32: 4, uint8: 1, int8: 1, int32: 4, int64: 8, bool: 1 } as const
export type ElementType = keyof typeof elementBytes

export interface ValueType {
  readonly type: ElementType
  readonly shape: Dims
}

/** A tensor that the graph carries: in the file itself, or `bytes` bytes at `offset` of the external data. */
export interface Initializer {
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly at: { readonly data: Uint8Array } | { readonly file: string; readonly offset: number; readonly bytes: number }
}

export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly tensor: Initializer }
export type Attributes = Readonly<Record<string, Attribute>>

export interface Node {
  readonly op: string
  /** '' for ONNX's own operators. */
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Attributes
}

/** A named sequence of nodes that the graph uses as one operator. */
export interface LocalFunction {
  readonly domain: string
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly nodes: readonly Node[]
}

/** An ONNX graph in our own types: nodes in an order in which they can run, every value with its type and shape. */
export interface Graph {
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly initializers: ReadonlyMap<string, Initializer>
  readonly nodes: readonly Node[]
  readonly values: ReadonlyMap<string, ValueType>
  readonly functions: readonly LocalFunction[]
}

/** ONNX's own operators come from this operator set. */
export const opset = 20

export const domains = {
  onnx: '',
  /** ONNX Runtime's operators beyond the standard. */
  microsoft: 'com.microsoft',
  /** Our local functions. */
  softprompt: 'softprompt',
} as const

export const int = (value: number): Attribute => ({ int: value })
export const float = (value: number): Attribute => ({ float: value })
export const ints = (value: readonly number[]): Attribute => ({ ints: value })
export const string = (value: string): Attribute => ({ text: value })

/** The whole-number attribute `name` of a node, or `otherwise` where it has none. */
export function intAttribute(node: Node, name: string, otherwise: number): number {
  const attribute = node.attributes[name]
  return attribute !== undefined && 'int' in attribute ? attribute.int : otherwise
}

/** The list attribute `name` of a node. */
export function intsAttribute(node: Node, name: string): readonly number[] {
  const attribute = node.attributes[name]
  if (attribute === undefined || !('ints' in attribute)) throw new Error(`${node.op} ${node.outputs[0]} has no list attribute ${name}`)
  return attribute.ints
}

/** An initializer kept in the file itself. */
export function inline(type: ElementType, shape: readonly number[], values: readonly number[]): Initializer {
  const arrays = {
    float32: () => Float32Array.from(values),
    uint8: () => Uint8Array.from(values),
    int8: () => Int8Array.from(values),
    int32: () => Int32Array.from(values),
    int64: () => BigInt64Array.from(values, BigInt),
    bool: () => Uint8Array.from(values),
  }
  return { type, shape, at: { data: new Uint8Array(arrays[type]().buffer) } }
}

/** The whole numbers of an int64 initializer kept in the file itself; null for any other. */
export function inlineIntegers(initializer: Initializer | undefined): number[] | null {
  if (initializer === undefined || initializer.type !== 'int64' || !('data' in initializer.at)) return null
  return Array.from(new BigInt64Array(Uint8Array.from(initializer.at.data).buffer), Number)
}
