import { Tokenizer } from '@huggingface/tokenizers'
import { excerpt, SoftPromptError } from '../error.ts'
import type { ModelCard } from '../formats/model-card.ts'

/** Turns text into ids. The name of a special token in a text is text like any other: who writes a text can't end or begin one. */
export type Encode = (text: string) => number[]

/**
 * The tokenizer remembers the words it met, up to 10,000 of up to 255 characters: tens of megabytes, where a text's writer
 * picks them. It forgets them after so many characters.
 */
const mostRemembered = 2 ** 17

/** The encoder of a `tokenizer.json`. Throws where the file is no tokenizer, or gives ids that the model, of `vocabulary` tokens, has not. */
export function loadTokenizer(json: string, where: string, vocabulary: number): Encode {
  let tokenizer: Tokenizer
  try {
    const parsed = JSON.parse(json)
    const added = (parsed.added_tokens ?? []) as { special?: boolean }[]
    tokenizer = new Tokenizer({ ...parsed, added_tokens: added.filter(({ special }) => special !== true) }, {})
  } catch (cause) {
    throw new SoftPromptError('invalid_model', `Cannot read ${where}: it is no tokenizer.json (${(cause as Error).message}).`, { cause })
  }
  const alien = [...tokenizer.get_vocab()].find(([, id]) => id >= vocabulary)
  if (alien !== undefined) {
    throw new SoftPromptError(
      'invalid_model',
      `Cannot use ${where}: its token ${excerpt(JSON.stringify(alien[0]))} has id ${alien[1]}, and the model has embeddings for ${vocabulary} ids. Resize the model's embeddings, or give the tokenizer that it was trained with.`,
    )
  }
  let remembered = 0
  return (text) => {
    remembered += text.length
    if (remembered > mostRemembered) {
      ;(tokenizer.model as { clear_cache?(): void } | null)?.clear_cache?.() // what BPE has and other models need not
      remembered = text.length
    }
    return tokenizer.encode(text, { add_special_tokens: false }).ids
  }
}

/** A text of more characters than this for each token of its room loses the rest unread: no language needs so many. */
const mostCharacters = 32

/** The ids of a row, at least one, and whether the text had to be cut to fit. */
export interface EncodedText {
  readonly inputIds: readonly number[]
  readonly truncated: boolean
}

/**
 * A function from a text to its row of ids: the model's beginning, then the template with the text in its place.
 * The three parts are tokenised apart, so a text too long for `maxTokens` loses its own end and never the template's.
 * Throws where the template alone does not fit; the function throws where a row would be empty.
 */
export function compileTemplate(
  template: string,
  encode: Encode,
  tokens: ModelCard['tokens'],
  maxTokens: number,
): (text: string) => EncodedText {
  const [before = '', after = ''] = template.split('{text}')
  const head = [...(tokens.beginning === null ? [] : [tokens.beginning]), ...encode(before)]
  const tail = encode(after)
  const room = maxTokens - head.length - tail.length
  if (room < 1) {
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot use template ${JSON.stringify(template)}: it has ${head.length + tail.length} tokens of the ${maxTokens} that a row may have, and a text needs at least one. Shorten it, or raise the most tokens.`,
      { param: 'template' },
    )
  }
  return (text) => {
    const most = mostCharacters * room
    const read = text.length > most ? text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '') : text // no half of a pair
    const ids = encode(read)
    const inputIds = [...head, ...ids.slice(0, room), ...tail]
    if (inputIds.length === 0) {
      throw new SoftPromptError(
        'invalid_data',
        `Cannot use the text ${excerpt(JSON.stringify(text))}: it has no tokens, and neither template nor model adds one.`,
      )
    }
    return { inputIds, truncated: ids.length > room || read.length < text.length }
  }
}
