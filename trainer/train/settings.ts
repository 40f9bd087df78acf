import { z } from 'zod'
import { maxVirtualTokens, usualRowTokens } from '../../shared/formats/limits.ts'
import { PromptCard } from '../../shared/formats/prompt-card.ts'
import { namesOf } from '../../shared/table.ts'
import * as initializers from './initializers/table.ts'
import * as methods from './methods/table.ts'
import * as objectives from './objectives/table.ts'
import * as optimizers from './optimizers/table.ts'
import * as schedules from './schedules/table.ts'

const aboutMethods = namesOf(methods).map((name) => `${name}: ${methods[name].about}`).join('; ') // biome-ignore format: one thought

const count = z
  .int()
  .min(1)
  .max(2 ** 31)
const positive = z.number().positive()
const share = z.number().min(0).max(1)

/**
 * Every choice of a training run: what the command line takes (a field is an option, its description the help), what the card tells,
 * and what two runs must share for one to go on from the other's state. The defaults were chosen on the dev splits of sst2, trec6, subj
 * and agnews; see `npm run bench -- quality`.
 */
export const TrainingSettings = z.object({
  method: z.enum(namesOf(methods)).default('prefix').describe(`what is learned. ${aboutMethods}`),
  objective: z.enum(namesOf(objectives)).default('classification').describe('what learning minimises'),
  virtualTokens: z.int().min(1).max(maxVirtualTokens).default(20).describe('P, the length of the prompt'),
  init: z.enum(namesOf(initializers)).default('labels').describe('what the prompt begins as'),
  initText: z.string().optional().describe('the text to begin from (with --init text)'),
  template: PromptCard.shape.template.default('{text} It was').describe('how a text is put to the model; holds {text} once'),
  maxTokens: PromptCard.shape.maxTokens
    .default(usualRowTokens)
    .describe('the most tokens of a row; longer texts are cut, the template never'),
  head: z.enum(['learned', 'fixed']).default('learned').describe("whether the output rows of the labels' words are learned along"),
  optimizer: z.enum(namesOf(optimizers)).default('adamw').describe('how the prompt moves'),
  learningRate: positive.default(0.05).describe("the prompt's learning rate"),
  headLearningRate: positive.default(0.02).describe("the label rows' learning rate"),
  weightDecay: z.number().min(0).default(0).describe('decoupled, on the prompt'),
  schedule: z.enum(namesOf(schedules)).default('linear').describe('how the learning rate falls'),
  warmup: share.default(0.06).describe('the share of the steps over which it rises'),
  steps: count.describe('the most steps (default: 600, or 10 times through the examples where that is less)'),
  batchSize: z.int().min(1).max(1024).default(16).describe('examples a step'),
  evaluateEvery: count.describe('steps between two evaluations on dev, and two checkpoints (default: a sixth of --steps, at most 100)'),
  patience: count.default(5).describe('stop after so many evaluations without a better one'),
  labelSmoothing: share.default(0).describe('the share of the target spread over all labels'),
  zLoss: z.number().min(0).default(0).describe('the weight of log²Σexp(scores)'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(0)
    .describe('for the order of batches and what the prompt begins as'),
})
export type TrainingSettings = z.infer<typeof TrainingSettings>

/** Those that are not the defaults. */
export type GivenSettings = Partial<TrainingSettings>

const maxSteps = 600
/** A small data set is learned by heart after that: 300 steps on 500 examples did better on dev than 600. */
const maxEpochs = 10
const evaluations = 6
const maxStepsBetween = 100

/** The settings to learn from so many examples with: the defaults, with what was `given` in their place. */
export function settingsFor(given: GivenSettings, examples: number): TrainingSettings {
  const { batchSize } = defaultsWith(given)
  const { steps = Math.min(maxSteps, Math.ceil((maxEpochs * examples) / batchSize)) } = given
  const { evaluateEvery = Math.min(maxStepsBetween, Math.ceil(steps / evaluations)) } = given
  return TrainingSettings.parse({ ...given, steps, evaluateEvery })
}

/** The settings that do not depend on the data: the defaults, with what was `given` in their place. */
export function defaultsWith(given: GivenSettings): Omit<TrainingSettings, 'steps' | 'evaluateEvery'> {
  return TrainingSettings.omit({ steps: true, evaluateEvery: true }).parse(given)
}
