import { z } from 'zod'
import { parseCard } from '../../../shared/formats/card.ts'

const Settings = z.object({ add_bos_token: z.boolean().nullish() })

const Template = z.object({ type: z.literal('TemplateProcessing'), single: z.array(z.record(z.string(), z.unknown())) })
const PostProcessor = z.union([
  Template.transform((template) => [template]),
  z.object({ type: z.literal('Sequence'), processors: z.array(z.unknown()) }).transform(({ processors }) => processors),
])
const Tokenizer = z.object({ post_processor: PostProcessor.nullish().catch(null) })

/**
 * Whether the checkpoint's own tokenizer puts a special token before a text: what `tokenizer_config.json` says, else the
 * template in `tokenizer.json`, and yes where neither says anything.
 */
export function wantsBos(settings: string | null, tokenizer: string, where: string): boolean {
  const said =
    settings === null ? null : parseCard(Settings, settings, `the tokenizer_config.json of ${where}`, 'invalid_model').add_bos_token
  if (typeof said === 'boolean') return said
  const { post_processor: processors } = parseCard(Tokenizer, tokenizer, `the tokenizer.json of ${where}`, 'invalid_model')
  const template = processors?.map((processor) => Template.safeParse(processor)).find(({ success }) => success)?.data
  return template === undefined || template.single[0]?.SpecialToken !== undefined
}
