import { z } from 'zod'
import { parseCard } from '../../../shared/formats/card.ts'

/** Pieces with their ids or, of a model whose pieces' places are their ids, a list. */
const Vocabulary = z.union([z.record(z.string(), z.int()), z.array(z.unknown()).transform((pieces) => [...pieces.keys()])])
const Tokenizer = z.object({
  model: z.object({ vocab: Vocabulary }),
  added_tokens: z.array(z.object({ id: z.int() })).nullish(),
})

/** Every id that a tokenizer.json has a piece or an added token for. Throws `invalid_model` where it is none. */
export function tokenizerIds(tokenizer: string, where: string): Set<number> {
  const { model, added_tokens: added } = parseCard(Tokenizer, tokenizer, where, 'invalid_model')
  const ids = new Set(Object.values(model.vocab))
  for (const { id } of added ?? []) ids.add(id)
  return ids
}
