import { z } from 'zod'
import { EntryName, FileEntries, FormatVersion } from './card.ts'
import { Sha256 } from './hashing.ts'
import { maxPatternLength, maxPatterns } from './limits.ts'

/**
 * The version of the emitted graph: raised when the same base gives other numbers. Models with one head of keys and values got another
 * graph within version 1, which moves nothing but last digits.
 */
export const graphVersion = 1

const size = z
  .int()
  .positive()
  .max(2 ** 24)

/** A table of vectors, one a token, among the graph's initializers: [V, H], or [H, V] where it is kept as columns. */
const Table = z.object({ name: z.string().min(1).max(256), layout: z.enum(['rows', 'columns']) })

/** `model.json`, the card of a model package: what the frozen model is and what its files hold. */
export const ModelCard = z.object({
  format: z.literal('softprompt-model'),
  version: FormatVersion(2, 'Import the checkpoint again.'),
  name: z.string().min(1).max(128),
  /** What the graph takes and gives: an entry of shared/engine/families. */
  family: EntryName,
  /** How the graph was built, for people. */
  architecture: EntryName,
  /** How the weights are stored. */
  weights: EntryName,
  /** How far a probability may be between two runtimes that compute with these weights and both work. */
  tolerance: z.number().positive().max(0.1),
  graphVersion: z.int().positive(),
  /** The hash of the base manifest; the same for every weight format. */
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
    /** The ids put before every text, such as BOS or [CLS], and behind it, such as [SEP]. */
    before: z.array(z.int().nonnegative()).max(16),
    after: z.array(z.int().nonnegative()).max(16),
    /** What ends a text that the model writes. */
    eos: z.int().nonnegative().nullable(),
  }),
  /** What of the model is scored, where a prompt's card says nothing else: a readout of the family. */
  readout: EntryName,
  /** Where the trainer finds the vectors of words: of the input embedding and, where the model has one, of the output layer. */
  tables: z.object({ input: Table, output: Table.nullable() }),
  /** The tokenizer's regular expressions that are not known ones: each was checked for backtracking. Left out where there are none. */
  checkedPatterns: z.array(z.string().max(maxPatternLength)).max(maxPatterns).optional(),
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
