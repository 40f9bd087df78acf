import type { Method } from './methods.ts'

/** Prompt tuning: the vectors of the virtual tokens are the variables. Lester et al. 2021. */
export const promptMethod: Method = {
  gives: 'prompt table',
  make: ({ promptTable }) => ({ prompt_embeddings: { shape: promptTable.dims, data: promptTable.data.slice() } }),
  combine: ({ prompt_embeddings: embeddings }) => {
    if (embeddings === undefined) throw new Error('method prompt has no prompt_embeddings')
    return embeddings
  },
}
