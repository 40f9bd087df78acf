import type { PromptInitializer } from './initializer.ts'
import { frequentTokens, tokenRows } from './token-rows.ts'

/** Embeddings of frequent tokens, drawn at random. Lester et al. 2021, section 2.1. */
export const vocabulary: PromptInitializer = {
  takesText: false,
  table: (input) => tokenRows(frequentTokens(input), input),
}
