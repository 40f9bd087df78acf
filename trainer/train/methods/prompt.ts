import type { Method } from './method.ts'

/** Prompt tuning: the vectors of the virtual tokens are the variables. Lester et al. 2021. */
export const prompt: Method = {
  about: 'vectors before the text (Lester)',
  empty: false,
  kind: 'table',
  async variables(initial) {
    const { dims, data } = initial.table()
    return { prompt_embeddings: { shape: dims, data: data.slice() } }
  },
  combine: ({ prompt_embeddings: embeddings }) => {
    if (embeddings === undefined) throw new Error('method prompt has no prompt_embeddings')
    return embeddings
  },
}
