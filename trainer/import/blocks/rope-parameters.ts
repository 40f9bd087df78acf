import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { checkCard } from '../../../shared/formats/card.ts'

const positive = z.number().positive()

/** Where a config.json keeps its settings of RoPE: transformers 5 together, transformers 4 the base apart from the scaling. */
export const ropeFields = {
  rope_theta: positive.nullish(),
  rope_parameters: z.looseObject({}).nullish(),
  rope_scaling: z.looseObject({}).nullish(),
}

const RopeParameters = z.discriminatedUnion(
  'rope_type',
  [
    z.object({ rope_type: z.literal('default'), rope_theta: positive }),
    z.object({ rope_type: z.literal('linear'), rope_theta: positive, factor: positive }),
    z.object({
      rope_type: z.literal('llama3'),
      rope_theta: positive,
      factor: positive,
      low_freq_factor: positive,
      high_freq_factor: positive,
      original_max_position_embeddings: z.int().positive(),
    }),
  ],
  {
    error: ({ input }) => `it is ${excerpt((input as { rope_type?: unknown }).rope_type)}, and default, linear and llama3 are built here`,
  },
)

/** Settings of RoPE in the one form that they have here, transformers 5's. */
export type RopeParameters = z.infer<typeof RopeParameters>

/** What transformers takes where a config.json says nothing. */
export const defaultRope: RopeParameters = { rope_type: 'default', rope_theta: 10_000 }

/** The settings of RoPE in a config.json, whichever transformers wrote it. Throws `unsupported` on a type or a field that is not built here. */
export function ropeParameters(
  { rope_theta: theta, rope_parameters: together, rope_scaling: apart }: z.infer<z.ZodObject<typeof ropeFields>>,
  file: string,
): RopeParameters {
  const { type, partial_rotary_factor: part, ...given } = (together ?? apart ?? {}) as Record<string, unknown>
  const settings: Record<string, unknown> = {
    ...given,
    rope_type: type ?? given.rope_type ?? defaultRope.rope_type,
    rope_theta: given.rope_theta ?? theta ?? defaultRope.rope_theta,
    ...(part === undefined || part === null || part === 1 ? {} : { partial_rotary_factor: part }),
  }
  const where = `the RoPE settings of ${file}`
  const rope = checkCard(RopeParameters, settings, where, 'unsupported')
  const alien = Object.keys(settings).find((field) => settings[field] !== null && !Object.hasOwn(rope, field))
  if (alien === undefined) return rope
  throw new SoftPromptError(
    'unsupported',
    `Cannot read ${where}: field ${excerpt(alien)} is not known for type ${rope.rope_type}, and the model might compute something else.`,
    { param: excerpt(alien) },
  )
}

/** The angle that a position adds for each pair of a head's numbers: [head size / 2], in radians. */
export function inverseFrequencies(rope: RopeParameters, headSize: number): number[] {
  return Array.from({ length: headSize / 2 }, (_, i) => scaleFrequency(rope.rope_theta ** ((-2 * i) / headSize), rope))
}

/** One inverse frequency under the checkpoint's scaling, as transformers computes it. */
function scaleFrequency(frequency: number, rope: RopeParameters): number {
  if (rope.rope_type === 'default') return frequency
  if (rope.rope_type === 'linear') return frequency / rope.factor
  const { factor, low_freq_factor: low, high_freq_factor: high, original_max_position_embeddings: original } = rope
  const turns = (original * frequency) / (2 * Math.PI) // over the original context
  if (turns < low) return frequency / factor
  if (turns > high) return frequency
  const smooth = (turns - low) / (high - low)
  return ((1 - smooth) * frequency) / factor + smooth * frequency
}
