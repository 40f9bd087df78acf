import { z } from 'zod'
import { maxVirtualTokens, usualRowTokens } from '../../shared/formats/limits.ts'
import { PromptCard } from '../../shared/formats/prompt-card.ts'

const count = z
  .int()
  .min(1)
  .max(2 ** 31)
const positive = z.number().positive()
const share = z.number().min(0).max(1)

/** The settings that name no entry of a table, which every entry may be told. Those of `TrainingSettings` are these and the names. */
export const PlainSettings = z.object({
  virtualTokens: z.int().min(1).max(maxVirtualTokens).default(20).describe('P, the length of the prompt'),
  initText: z.string().optional().describe('the text to begin from (with --init text)'),
  template: PromptCard.shape.template.default('{text} It was').describe('how a text is put to the model; holds {text} once'),
  head: z.enum(['learned', 'fixed']).default('learned').describe("whether the output rows of the labels' words are learned along"),
  learningRate: positive.default(0.05).describe("the prompt's learning rate"),
  headLearningRate: positive.default(0.02).describe("the label rows' learning rate"),
  weightDecay: z.number().min(0).default(0).describe('decoupled, on the prompt'),
  warmup: share.default(0.06).describe('the share of the steps over which it rises'),
  steps: count.describe('the most steps (default: 600, or 10 times through the examples where that is less)'),
  batchSize: z.int().min(1).max(1024).default(16).describe('examples a step'),
  evaluateEvery: count.describe('steps between two evaluations on dev, and two checkpoints (default: a sixth of --steps, at most 100)'),
  patience: count.default(5).describe('stop after so many evaluations without a better one'),
  labelSmoothing: share.default(0).describe('the share of the target spread over all labels'),
  zLoss: z.number().min(0).default(0).describe('the weight of log²Σexp(scores)'),
  maxTokens: PromptCard.shape.maxTokens
    .default(usualRowTokens)
    .describe('the most tokens of a row; longer texts are cut, the template never'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(0)
    .describe('for the order of batches and what the prompt begins as'),
})
export type PlainSettings = z.infer<typeof PlainSettings>
