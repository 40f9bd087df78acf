import type { ModelSizes } from '../../formats/model-card.ts'
import type { Prefix } from '../../formats/prefix.ts'
import type { PromptKind } from '../../formats/prompt-card.ts'
import type { FloatTensor, Tensors } from '../../tensor.ts'

/** A prompt as its model takes it, before any text. */
export interface ReadyPrompt {
  readonly prefix: Prefix | null
  /** What of a row is scored: one of the family's readouts. */
  readonly readout: string
}

/** One text of a batch. */
export interface Row {
  readonly inputIds: ArrayLike<number>
  /** The positions whose output is wanted, as many in each row of a batch; where they are left out, the prompt's readout. */
  readonly positions?: readonly number[]
}

/** How the graph itself makes keys and values of what a package stores. */
export interface Compilation {
  /** What the graph is fed, with no answer wanted. `table` [P, H]. */
  feeds(table: FloatTensor, sizes: ModelSizes): Tensors
  /** The outputs that make up the prefix, in the order of `Prefix.keyValues`: [1, kv heads, ≥ P, head size] each. */
  outputs(sizes: ModelSizes): readonly string[]
}

/** What a kind of prompt becomes in a family. */
export interface Kind {
  /** Null where the prompt goes into the graph as it is stored. */
  readonly compilation: Compilation | null
  /** The graph's inputs through which the prompt reaches a text: what gradients are wanted of. */
  reaches(sizes: ModelSizes): readonly string[]
}

/** What the graphs of many architectures have in common: their interface, and how rows become its inputs. */
export interface Family {
  /** What PEFT calls the task of such a model. */
  readonly peftTaskType: string
  /** What of a row can be scored, by the names that cards use. */
  readonly readouts: readonly string[]
  readonly kinds: Readonly<Record<PromptKind, Kind>>
  /** The positions at which a text may begin to count behind P virtual tokens; ours is the first. */
  positionOffsets(P: number): readonly number[]
  /** The names of the graph's inputs. */
  inputs(sizes: ModelSizes): readonly string[]
  /** What the graph is fed for a batch: B rows, padded right, each behind its own of B prompts, or all behind one. */
  feeds(rows: readonly Row[], prompts: readonly ReadyPrompt[], sizes: ModelSizes): Tensors
}
