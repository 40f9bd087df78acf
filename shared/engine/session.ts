import type { Tensors } from '../tensor.ts'

/** A graph with its weights in ONNX Runtime, behind whichever door it was opened. */
export interface Session {
  /** The names of what the graph takes. */
  readonly inputs: readonly string[]
  /** The fewest past positions that it can be fed, 0 where left out: WebGPU's kernels fail on tensors without elements. */
  readonly minPast?: number
  /** How many runs it computes at the same time; 1 where left out, and a run is asked for when the one before has ended. */
  readonly sideBySide?: number
  /** The outputs named in `wanted`; the others are not copied out. What is fed is the session's from then on: it may be taken to another thread. Throws where an input is not in `feeds`. */
  run(feeds: Tensors, wanted: readonly string[]): Promise<Tensors>
  release(): Promise<void>
  /** Whether it can run nothing any more. Left out where that never is before it is released. */
  readonly ended?: boolean
}
