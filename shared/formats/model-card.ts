import { z } from 'zod'
import { FileEntries, Sha256 } from './card.ts'

/** The version of the emitted graph: raised when the same base gives other numbers. */
export const graphVersion = 1

export const weightFormats = ['int8', 'float32'] as const
export type WeightFormat = (typeof weightFormats)[number]

const size = z
  .int()
  .positive()
  .max(2 ** 24)

/** `model.json`, the card of a model package: what the frozen model is and what its files hold. */
export const ModelCard = z.object({
  format: z.literal('softprompt-model'),
  version: z.literal(1),
  name: z.string().min(1).max(128),
  architecture: z.enum(['llama']),
  weights: z.enum(weightFormats),
  graphVersion: z.int().positive(),
  /** SHA-256 over the source tensors, the configuration and the tokenizer; the same for every weight format. */
  baseHash: Sha256,
  sizes: z.object({
    /** V */
    vocabulary: size,
    /** H */
    hidden: size,
    /** L */
    layers: size.max(1024),
    heads: size,
    keyValueHeads: size,
    headSize: size,
    /** The longest row, prompt included, in positions. */
    context: size,
  }),
  tokens: z.object({
    /** The id put before every text; null where the model wants none. */
    beginning: z.int().nonnegative().nullable(),
    end: z.int().nonnegative().nullable(),
  }),
  files: FileEntries(['tokenizer.json', 'model.onnx', 'model.onnx.data']),
  source: z.string().max(1024),
  licence: z.string().max(256).nullable(),
})

export type ModelCard = z.infer<typeof ModelCard>
export type ModelSizes = ModelCard['sizes']

/** The bytes of all files that `card` describes. */
export function modelBytes({ files }: ModelCard): number {
  return Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0)
}
