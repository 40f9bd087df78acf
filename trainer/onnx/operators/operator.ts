import type { Attributes, Dims, LocalFunction, Node, ValueType } from '../graph.ts'

/** All that an ONNX operator is here. Each is one constant, named as ONNX names it, and a name in table.ts. */
export interface Operator {
  /** Whose operator it is; ONNX's own by default. */
  readonly domain?: string
  readonly shape: ShapeRule
  /** Left out where no graph has needed it yet: the reverse walk then throws. */
  readonly gradient?: GradientRule
  /** How many of the last outputs only help the gradient rule, which takes no gradients for them. None by default. */
  readonly helperOutputs?: number
  /** The outputs depend on the inputs' shapes, not on their numbers: to the reverse walk they are constants. */
  readonly dependsOnShapesAlone?: boolean
  /** The nodes that one of our own operators stands for. A graph that uses it carries them as a local function. */
  readonly body?: Omit<LocalFunction, 'domain' | 'name'>
}

/** The types of a node's outputs, or null where they depend on values: then whoever adds the node must give the shape. */
export type ShapeRule = (node: Node, types: InputTypes) => readonly ValueType[] | null

/** What a shape rule may ask about a node's inputs. */
interface InputTypes {
  readonly inputs: readonly ValueType[]
  /** Throws where the node has no such input. */
  readonly input: (index: number) => ValueType
  /** The numbers of an input that is a constant list of whole numbers; null for any other. */
  readonly constant: (index: number) => readonly number[] | null
}

/**
 * d loss / d input for each input of a node, given d loss / d output for each output but the helpers. One entry an input;
 * null where none exists. Gradients have their input's shape.
 */
export type GradientRule = (node: Node, gradients: readonly string[], b: Builder) => readonly (InputGradient | null)[]

/** Adds the nodes of one input's gradient and returns its value; called only where that gradient is wanted. */
export type InputGradient = () => string

/** What a gradient rule may do to the graph. A value is known by its name. */
export interface Builder {
  /** Adds a node with one output and returns its value. */
  add(op: string, inputs: readonly string[], options?: NodeOptions): string
  /** A constant of float32 numbers: a scalar, or a tensor of `shape`. */
  floats(values: number | readonly number[], shape?: readonly number[]): string
  /** A constant of int64 numbers: a scalar, or a tensor of `shape` (by default a list). */
  integers(values: number | readonly number[], shape?: readonly number[]): string
  /** Splits `value` along `axis` into parts of `lengths` (lists of one int64), whose dimensions are `dims`. */
  split(value: string, axis: number, lengths: readonly string[], dims: Dims): string[]
  /** The length of one axis of `value`, as a list of one int64. */
  dimension(value: string, axis: number): string
  /** Exchanges the last two axes. */
  transpose(value: string): string
  /** The sum over `axes`, which stay as axes of length 1. */
  sum(value: string, axes: readonly number[]): string
  typeOf(value: string): ValueType
  shapeOf(value: string): Dims
  rankOf(value: string): number
}

export interface NodeOptions {
  readonly attributes?: Attributes
  /** The name of the first output; made up where it is left out. */
  readonly name?: string
  /** The shape of the first output, where it depends on values. */
  readonly shape?: Dims
}
