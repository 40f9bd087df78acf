import { Tokenizer } from '@huggingface/tokenizers'
import { excerpt, SoftPromptError } from '../error.ts'

/** Turns text into ids. The name of a special token in a text is text like any other: who writes a text can't end or begin one. */
export type Encode = (text: string) => number[]

/**
 * The tokenizer remembers the words it met, up to 10,000 of up to 255 characters: tens of megabytes, where a text's writer
 * picks them. It forgets them after so many characters.
 */
const maxRemembered = 2 ** 17

/** The encoder of a `tokenizer.json`. Throws where the file is no tokenizer, or gives ids that the model, of `vocabulary` tokens, has not. */
export function loadTokenizer(json: string, where: string, vocabulary: number): Encode {
  let tokenizer: Tokenizer
  try {
    const parsed = JSON.parse(json)
    const added = (parsed.added_tokens ?? []) as { content: string; special?: boolean }[]
    const special = new Set(added.filter((token) => token.special === true).map(({ content }) => content))
    const model = { ...parsed.model, vocab: withoutPieces(parsed.model, special) }
    tokenizer = new Tokenizer({ ...parsed, model, added_tokens: added.filter(({ content }) => !special.has(content)) }, {})
  } catch (cause) {
    throw new SoftPromptError('invalid_model', `Cannot read ${where}: it is no tokenizer.json (${(cause as Error).message}).`, { cause })
  }
  const alien = [...(tokenizer.model?.tokens_to_ids ?? [])].find(([, id]) => !Number.isInteger(id) || id < 0 || id >= vocabulary)
  if (alien !== undefined) {
    throw new SoftPromptError(
      'invalid_model',
      `Cannot use ${where}: its token ${excerpt(JSON.stringify(alien[0]))} has id ${alien[1]}, and the model has embeddings for ${vocabulary} ids. Resize the model's embeddings, or give the tokenizer that it was trained with.`,
    )
  }
  let remembered = 0
  return (text) => {
    remembered += text.length
    if (remembered > maxRemembered) {
      ;(tokenizer.model as { clear_cache?(): void } | null)?.clear_cache?.() // what BPE has and other models need not
      remembered = text.length
    }
    return tokenizer.encode(text, { add_special_tokens: false }).ids
  }
}

/** What a tokenizer's model knows of pieces: their ids or, where a piece's place is its id, a list with their scores. */
interface Pieces {
  readonly vocab: Readonly<Record<string, number>> | readonly (readonly [piece: string, score: number])[]
  readonly unk_token?: string
}

/** The pieces without the `special` ones, which some models would find in a text. What stands for an unknown piece stays. */
function withoutPieces({ vocab, unk_token }: Pieces, special: ReadonlySet<string>): Pieces['vocab'] {
  if (Array.isArray(vocab)) return vocab.map(([piece, score]) => [special.has(piece) ? '' : piece, score] as const)
  return Object.fromEntries(Object.entries(vocab).filter(([piece]) => piece === unk_token || !special.has(piece)))
}
