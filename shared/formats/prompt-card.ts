import { z } from 'zod'
import { excerpt } from '../error.ts'
import { EntryName, FileEntries, FormatVersion } from './card.ts'
import { Sha256 } from './hashing.ts'
import { maxLabels, maxVirtualTokens } from './limits.ts'
import { TaskName } from './task-name.ts'

/** What a package stores: the vectors of virtual tokens, or the keys and values of every layer. */
const promptKinds = ['table', 'prefix'] as const
export type PromptKind = (typeof promptKinds)[number]

/** An entry of shared/engine/heads, with what it needs. */
const AnswerEntry = z.looseObject({ type: EntryName, version: z.int().positive() })

const finite = z.number() // zod 4 refuses NaN and infinities
const IntervalEntry = z.object({ low: finite, high: finite })

/** `prompt.json`, the card of a prompt package: everything that serving a task needs besides the tensors. */
export const PromptCard = z.object({
  format: z.literal('softprompt-prompt'),
  version: FormatVersion(2, 'Train it again.'),
  task: TaskName,
  kind: z.enum(promptKinds, { error: ({ input }) => `it is ${excerpt(input)}, and ${promptKinds.join(' and ')} are supported here` }),
  /** How it was trained, for people: serving asks for `kind` alone. */
  method: EntryName,
  /** P; 0 where the label rows are all that was learned. */
  virtualTokens: z.int().nonnegative().max(maxVirtualTokens),
  /** The position at which a text begins to count. */
  positionOffset: z.int().nonnegative(),
  /** What of the model is scored: a readout of the model's family. */
  readout: EntryName,
  /** How scores become an answer. */
  answer: AnswerEntry,
  /** How those of the probe in labels.safetensors do, where a text may have several labels: its thresholds are its own. */
  probeAnswer: AnswerEntry.optional(),
  base: z.object({
    hash: Sha256,
    name: z.string().max(128),
    weights: EntryName,
    graphVersion: z.int().positive(),
  }),
  /** In the order of the rows of labels.safetensors. */
  labels: z
    .array(z.object({ label: z.string().min(1).max(256), verbalizer: z.string().min(1).max(256), token: z.int().nonnegative() }))
    .min(2)
    .max(maxLabels)
    .refine((labels) => new Set(labels.map(({ label }) => label)).size === labels.length, 'must name each label once'),
  template: z
    .string()
    .max(4096, 'must have at most 4096 characters')
    .refine((template) => template.split('{text}').length === 2, 'must hold {text} exactly once'),
  /** The most tokens of a row, BOS and template included, prompt not. Longer texts are cut, the template never. */
  maxTokens: z
    .int()
    .positive()
    .max(2 ** 20),
  /** What it was trained with, for people. */
  settings: z.record(z.string(), z.unknown()),
  /** How long it was trained, and when it was best on dev; null where that is not known. */
  training: z.object({ steps: z.int().nonnegative(), bestStep: z.int().nonnegative() }).nullable(),
  data: z.record(z.string(), z.object({ examples: z.int().nonnegative(), sha256: Sha256 })),
  /** On dev. */
  metrics: z.record(z.string(), finite),
  /** What else answers the same dev, by name, such as the linear probe: its metrics. */
  baselines: z.record(EntryName, z.record(z.string(), finite)),
  /** The 95 % intervals of the accuracies on dev: the package's own, and each baseline's by its name. Earlier versions wrote none. */
  accuracyIntervals: z.object({ package: IntervalEntry, baselines: z.record(EntryName, IntervalEntry) }).optional(),
  /** Texts with the scores (one a label) that the trainer saw, by the weight format that it saw them through. */
  selfTest: z.array(z.object({ text: z.string().max(16384), scores: z.record(EntryName, z.array(finite)) })).max(16),
  files: FileEntries(['adapter_config.json', 'adapter_model.safetensors', 'labels.safetensors']),
})

export type PromptCard = z.infer<typeof PromptCard>

/** One label: its name, the words that stand for it, and their first token in the vocabulary. */
export type Label = PromptCard['labels'][number]
