import { SoftPromptError } from '../../../shared/error.ts'
import type { PromptInitializer } from './initializer.ts'
import { tokenRows } from './token-rows.ts'

/** Embeddings of a text's tokens, from the front again where it has fewer than P. */
export const text: PromptInitializer = {
  takesText: true,
  table(input) {
    const ids = input.model.encode(input.text ?? '')
    if (ids.length === 0) throw new SoftPromptError('usage', 'Cannot start from a text: none was given. Add --init-text "…".')
    return tokenRows(ids, input)
  },
}
