import { z } from 'zod'
import { maxVirtualTokens, usualRowTokens } from '../../shared/formats/limits.ts'
import { PromptCard } from '../../shared/formats/prompt-card.ts'
import { namesOf } from '../../shared/names-of.ts'
import { possibleCriteria } from '../evaluate/better.ts'
import type { LearningDefaults } from '../import/architectures/architecture.ts'
import * as architectures from '../import/architectures/table.ts'

const count = z
  .int()
  .min(1)
  .max(2 ** 31)
const positive = z.number().positive()
const share = z.number().min(0).max(1)

/** A default that depends on the model, for the help. */
export function byModel(setting: keyof LearningDefaults): string {
  const names = namesOf(architectures)
  return `(default: ${names.map((name) => `${architectures[name].defaults[setting]} for ${name}`).join(', ')})`
}

/** The settings that name no entry of a table, which every entry may be told. Those of `TrainingSettings` are these and the names. */
export const PlainSettings = z.object({
  virtualTokens: z
    .int()
    .min(1)
    .max(maxVirtualTokens)
    .describe(`P, the length of the prompt ${byModel('virtualTokens')}`),
  initText: z.string().optional().describe('the text to begin from (with --init text)'),
  template: PromptCard.shape.template.describe(`how a text is put to the model; holds {text} once ${byModel('template')}`),
  head: z.enum(['learned', 'fixed']).default('learned').describe('whether the label rows and their bias are learned along'),
  headInit: z
    .enum(['zeros', 'words', 'probe'])
    .describe(`what the label rows begin as: zeros, the labels' words, or the linear probe's ${byModel('headInit')}`),
  probe: z.boolean().default(true).describe('the linear probe: it is fitted as well, and packaged where it does better on dev'),
  learningRate: positive.describe(`the prompt's learning rate ${byModel('learningRate')}`),
  headLearningRate: positive.describe(`the label rows' learning rate ${byModel('headLearningRate')}`),
  weightDecay: z.number().min(0).default(0).describe('decoupled, on the prompt'),
  warmup: share.default(0.06).describe('the share of the steps over which it rises'),
  steps: count.describe('the most steps (default: 600, or 10 times through the examples where that is less)'),
  batchSize: z.int().min(1).max(1024).default(16).describe('examples a step'),
  evaluateEvery: count.describe('steps between two evaluations on dev, and two checkpoints (default: a sixth of --steps, at most 100)'),
  patience: count.default(5).describe('stop after so many evaluations without a better one'),
  minLoss: z
    .number()
    .min(0)
    .default(0.005)
    .describe('stop once a pass over train has a mean loss below that, in nats a text: the examples are learned (0: never)'),
  labelSmoothing: share.default(0).describe('the share of the target spread over all labels'),
  classWeights: z
    .union([z.literal('balanced'), z.record(z.string().min(1), positive)], {
      error: 'must be balanced, or a number above 0 for each label',
    })
    .optional()
    .describe(
      'how much an example of each label counts: balanced, as if all were as frequent, or a weight for each label, as label=weight,… or JSON (default: all alike)',
    ),
  dropout: z.number().min(0).max(0.95).optional().describe("the share of the prompt's numbers that a step leaves out (default: 0)"),
  precision: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe('how often an answer that is given must be right on dev: where it would not be, the answer is null (default: all are given)'),
  thresholds: z
    .enum(['task', 'label'])
    .optional()
    .describe(
      'whether --precision holds for all answers of the task together, or for each label (default: task; with several labels a text: label)',
    ),
  chooseBy: z
    .enum(possibleCriteria)
    .optional()
    .describe('what the best step is chosen by (default: accuracy; with --class-weights macroF1; with several labels a text microF1)'),
  zLoss: z.number().min(0).default(0).describe('the weight of log²Σexp(scores)'),
  maxTokens: PromptCard.shape.maxTokens
    .default(usualRowTokens)
    .describe(
      "the most tokens of a row, or what the model's context has room for where that is less; longer texts are cut, the template never",
    ),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(0)
    .describe('for the order of batches and what the prompt begins as'),
})
export type PlainSettings = z.infer<typeof PlainSettings>
