import { excerpt, SoftPromptError } from '../error.ts'
import type { Encode } from './tokenizer.ts'

/** A text of more characters than this for each token of its room loses the rest unread: no language needs so many. */
const maxCharactersPerToken = 32

/** The ids of a row, at least one, and whether the text had to be cut to fit. */
export interface EncodedText {
  readonly inputIds: readonly number[]
  readonly truncated: boolean
}

/**
 * A function from a text to its row of ids: the template with the text in its place, between the model's `special` tokens.
 * The three parts are tokenised apart, so a text too long for `maxTokens` loses its own end and never the template's.
 * Throws where the template alone does not fit; the function throws where a row would be empty.
 */
export function compileTemplate(
  template: string,
  encode: Encode,
  special: { readonly before: readonly number[]; readonly after: readonly number[] },
  maxTokens: number,
): (text: string) => EncodedText {
  const [before = '', after = ''] = template.split('{text}')
  const head = [...special.before, ...encode(before)]
  const tail = [...encode(after), ...special.after]
  const room = maxTokens - head.length - tail.length
  if (room < 1) {
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot use template ${excerpt(JSON.stringify(template))}: it has ${head.length + tail.length} tokens of the ${maxTokens} that a row may have, and a text needs at least one. Shorten it, or allow more tokens.`,
      { param: 'template' },
    )
  }
  const maxCharacters = maxCharactersPerToken * room
  return (text) => {
    const read = text.length > maxCharacters ? text.slice(0, maxCharacters).replace(/[\uD800-\uDBFF]$/, '') : text // no half of a pair
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
