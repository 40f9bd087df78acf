import type { ModelSizes } from '../../formats/model-card.ts'
import type { StoredPrompt } from '../../formats/peft.ts'
import type { PromptKind } from '../../formats/prompt-card.ts'
import type { FloatTensor, Tensors } from '../../tensor.ts'

/** How a text stands behind its prompt. */
export interface Placement {
  /** The position at which the text begins to count: one of the family's `positionOffsets`. */
  readonly positionOffset: number
  /** What of a row is scored: one of the family's readouts. */
  readonly readout: string
}

/** A prompt as its model takes it, before any text. */
export interface ReadyPrompt extends Placement {
  /** What goes in with each text: what is stored or, where the family compiles that, what it became. Null where there is no prompt. */
  readonly fed: StoredPrompt | null
}

/** One text of a batch. */
export interface Row {
  readonly inputIds: ArrayLike<number>
  /** The positions whose output is wanted, as many in each row of a batch; where they are left out, the prompt's readout. */
  readonly positions?: readonly number[]
}

/** How the graph itself makes keys and values of the vectors of virtual tokens. */
export interface Compilation {
  /** What the graph is fed, with no answer wanted. `table` [P, H]. */
  feeds(table: FloatTensor, sizes: ModelSizes, minPast?: number): Tensors
  /** The outputs that make up the prefix, in the order of `Prefix.keyValues`: [1, kv heads, ≥ P, head size] each. */
  outputs(sizes: ModelSizes): readonly string[]
}

/** How a kind of prompt comes to a text: through inputs of the graph, whose gradients training wants, or compiled to a prefix first. */
type Kind = { readonly fedTo: (sizes: ModelSizes) => readonly string[] } | 'compiled'

/** What the graphs of many architectures have in common: their interface, and how rows become its inputs. */
export interface Family {
  /** What PEFT calls the task of such a model. */
  readonly peftTaskType: string
  /** What of a row can be scored, by the names that cards use. */
  readonly readouts: readonly string[]
  readonly kinds: Readonly<Record<PromptKind, Kind>>
  readonly compilation: Compilation
  /** The positions at which a text may begin to count behind a prompt; ours is the first, PEFT's the last. */
  positionOffsets(kind: PromptKind, P: number): readonly number[]
  /** The names of the graph's inputs. */
  inputs(sizes: ModelSizes): readonly string[]
  /**
   * What the graph is fed for a batch: B rows, padded right, each behind its own of B prompts, or all behind one. The past has at least
   * `minPast` positions, unseen where no prompt has them.
   */
  feeds(rows: readonly Row[], prompts: readonly ReadyPrompt[], sizes: ModelSizes, minPast?: number): Tensors
}
