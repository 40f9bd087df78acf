import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { parseCard } from '../../../shared/formats/card.ts'

/** The ids around a text. */
export interface SpecialTokens {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

const id = z.int().nonnegative()
const Token = z.tuple([z.string(), id])
const Processor = z.object({ type: z.string() })
const Piece = z.object({ id: z.string(), type_id: id.optional() })
const Template = z.object({
  single: z.array(z.union([z.object({ SpecialToken: Piece }), z.object({ Sequence: Piece })])),
  special_tokens: z.record(z.string(), z.object({ ids: z.array(id) })),
})
const Cls = z.object({ cls: Token, sep: Token })
const Sequence = z.object({ processors: z.array(z.looseObject({ type: z.string() })) })
const Tokenizer = z.object({ post_processor: z.looseObject({ type: z.string() }).nullish() })
const Added = z.object({ added_tokens: z.array(z.object({ id, content: z.string() })).nullish() })

/**
 * What the post-processor of a tokenizer.json puts around a single text. Throws `unsupported` where it is of a kind that is not known, and
 * `invalid_model` where it is none.
 */
export function specialTokens(tokenizer: string, where: string): SpecialTokens {
  const { post_processor: processor } = parseCard(Tokenizer, tokenizer, where, 'invalid_model')
  return processor === null || processor === undefined ? { before: [], after: [] } : around(processor, where)
}

/**
 * What to warn of where nothing stands around a text, with what to write into the tokenizer.json of an encoder that learned with something
 * there. Null where something does.
 */
export function bareTexts({ before, after }: SpecialTokens, tokenizer: string, where: string): string | null {
  if (before.length + after.length > 0) return null
  const { added_tokens: added } = parseCard(Added, tokenizer, where, 'invalid_model')
  const token = (piece: string) => added?.flatMap(({ content, id }) => (content === piece ? [[piece, id]] : []))[0]
  const [cls, sep] = [token('[CLS]'), token('[SEP]')]
  const mend =
    cls === undefined || sep === undefined
      ? 'take the tokenizer.json that it was published with'
      : `write "post_processor": ${JSON.stringify({ type: 'BertProcessing', cls, sep })} there in the place of its own`
  return `${where} has no post_processor that puts tokens around a text, so texts are read without any. If the model learned with some, as BERT does with [CLS] and [SEP], its vectors are worse without them: ${mend}, and import again.`
}

function around(processor: z.infer<typeof Processor>, where: string): SpecialTokens {
  const read = <Schema extends z.ZodType>(schema: Schema) => {
    const parsed = schema.safeParse(processor)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    throw new SoftPromptError(
      'invalid_model',
      `Cannot read ${where}: its post_processor is wrong at ${excerpt(issue?.path.join('.'))}: ${excerpt(issue?.message, 400)}.`,
    )
  }
  switch (processor.type) {
    case 'TemplateProcessing':
      return fromTemplate(read(Template), where)
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const { cls, sep } = read(Cls)
      return { before: [cls[1]], after: [sep[1]] }
    }
    case 'Sequence': {
      const parts = read(Sequence).processors.map((part) => around(part, where))
      // each goes around what those before it made
      return { before: parts.toReversed().flatMap(({ before }) => before), after: parts.flatMap(({ after }) => after) }
    }
    case 'ByteLevel':
      return { before: [], after: [] } // it moves offsets alone
    default:
      throw new SoftPromptError(
        'unsupported',
        `Cannot read ${where}: its post_processor is of type ${excerpt(processor.type)}, which is not supported.`,
      )
  }
}

function fromTemplate({ single, special_tokens: special }: z.infer<typeof Template>, where: string): SpecialTokens {
  const at = single.findIndex((piece) => 'Sequence' in piece)
  const refuse = (why: string) => new SoftPromptError('invalid_model', `Cannot read ${where}: the template of its post_processor ${why}.`)
  if (at < 0 || single.findLastIndex((piece) => 'Sequence' in piece) !== at) throw refuse('must name the text once')
  const types = single.map((piece) => ('Sequence' in piece ? piece.Sequence : piece.SpecialToken).type_id ?? 0)
  const other = types.find((type) => type !== 0)
  if (other !== undefined)
    throw new SoftPromptError(
      'unsupported',
      `Cannot read ${where}: the template of its post_processor is of token type ${other}, and only type 0 is fed to a text here.`,
    )
  const ids = (pieces: typeof single) =>
    pieces.flatMap((piece) => {
      if (!('SpecialToken' in piece)) return []
      const known = Object.hasOwn(special, piece.SpecialToken.id) ? special[piece.SpecialToken.id] : undefined
      if (known === undefined) throw refuse(`names ${excerpt(piece.SpecialToken.id)}, which is not among its special_tokens`)
      return known.ids
    })
  return { before: ids(single.slice(0, at)), after: ids(single.slice(at + 1)) }
}
