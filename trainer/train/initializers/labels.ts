import type { PromptInitializer } from './initializer.ts'
import { frequentTokens, tokenRows } from './token-rows.ts'

/** Embeddings of the labels' words, in the labels' order, then of frequent tokens drawn at random. Lester et al. 2021, section 2.1. */
export const labels: PromptInitializer = {
  takesText: false,
  table(input) {
    const words = input.labels.flatMap(({ verbalizer }) => input.model.encode(` ${verbalizer}`))
    return tokenRows([...words, ...frequentTokens(input)], input)
  },
}
