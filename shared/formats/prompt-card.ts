import { z } from 'zod'
import { FileEntries, Sha256 } from './card.ts'
import { weightFormats } from './model-card.ts'

/** Task names stand in URLs and in storage keys, so they are short and plain. */
export const TaskName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/, 'must be 1 to 64 of a-z, 0-9, "-" and "_", beginning and ending with a letter or digit')

export const promptMethods = ['prompt', 'prefix'] as const
export type PromptMethod = (typeof promptMethods)[number]

export const maxLabels = 1024
export const maxVirtualTokens = 512

const finite = z.number() // zod 4 refuses NaN and infinities

/** `prompt.json`, the card of a prompt package: everything that serving a task needs besides the tensors. */
export const PromptCard = z.object({
  format: z.literal('softprompt-prompt'),
  version: z.literal(1),
  task: TaskName,
  method: z.enum(promptMethods),
  /** P */
  virtualTokens: z.int().positive().max(maxVirtualTokens),
  base: z.object({
    hash: Sha256,
    name: z.string().max(128),
    weights: z.enum(weightFormats),
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
  /** The most tokens of a row, beginning and template included, prompt not. Longer texts are cut, the template never. */
  maxTokens: z
    .int()
    .positive()
    .max(2 ** 20),
  labelRows: z.enum(['fixed', 'learned']),
  /** Scores are divided by it before the softmax. */
  temperature: finite.positive(),
  /** How it was trained, for people. */
  training: z.record(z.string(), z.json()),
  data: z.record(z.string(), z.object({ examples: z.int().nonnegative(), sha256: Sha256 })),
  metrics: z.record(z.string(), finite),
  /** Inputs with the scores (one a label) that the trainer saw. */
  selfTest: z.array(z.object({ text: z.string().max(16384), scores: z.array(finite) })).max(16),
  files: FileEntries(['adapter_config.json', 'adapter_model.safetensors', 'labels.safetensors']),
})

export type PromptCard = z.infer<typeof PromptCard>
