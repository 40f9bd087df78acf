import type { Prefix } from '../../../shared/formats/prefix.ts'
import type { Label } from '../../../shared/formats/prompt-card.ts'
import type { FloatTensor } from '../../../shared/tensor.ts'
import type { OpenedModel } from '../../import/open-model.ts'

/** What a prompt can be made of before training. */
export interface InitializerInput {
  readonly model: Pick<OpenedModel, 'card' | 'encode' | 'inputRows'>
  /** P */
  readonly virtualTokens: number
  readonly labels: readonly Label[]
  /** What the user would have the prompt begin as. */
  readonly text?: string | undefined
  /** Seeded: the same numbers give the same prompt. */
  readonly random: () => number
}

/** What a prompt can begin as. */
export interface PromptInitializer {
  /** Whether it begins from a text of the user's. */
  readonly takesText: boolean
  /** The prompt's rows before training, [P, H]. Throws `usage` where the user has not given what it needs. */
  table(input: InitializerInput): FloatTensor
  /** The keys and values before training; left out where they are those that the model makes of the rows. */
  prefix?(input: InitializerInput): Prefix
}
