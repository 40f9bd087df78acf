import { z } from 'zod'
import { FormatVersion } from '../../shared/formats/card.ts'
import { Sha256 } from '../../shared/formats/hashing.ts'
import { EvaluationRecord } from '../evaluate/evaluation.ts'
import { valuesOf } from '../evaluate/metrics.ts'
import type { TrainingEvent } from './events.ts'

const count = z.int().nonnegative()
const MetricNumbers = z.record(z.string(), z.number())
/** An earlier version does not say in which figure. */
const ComparisonRecord = z.object({ metric: z.string().optional(), difference: z.number(), low: z.number(), high: z.number() })
const When = z.iso.datetime()

/** The first line: which format the file has, and what is learned. */
const FirstLine = z.object({
  type: z.literal('run'),
  format: z.literal('softprompt-events'),
  version: FormatVersion(1),
  task: z.string(),
  /** The version of softprompt. */
  softprompt: z.string(),
  /** When the run began that wrote the last lines. */
  when: When,
})

/** The lines of events.jsonl behind the first, by their type. What a later version adds is passed over: types, and fields of these. */
const lines = {
  warning: z.object({ type: z.literal('warning'), message: z.string() }),
  data: z.object({ type: z.literal('data'), labels: count, train: count, dev: count, heldOut: z.boolean() }),
  baseline: z.object({ type: z.literal('baseline'), name: z.string(), metrics: MetricNumbers }),
  /** Learning begins behind `step` steps: 0, or as many as the run before was known to have done when it was killed. */
  learning: z.object({
    type: z.literal('learning'),
    /** The same for runs of one model, data and settings. */
    run: z.string(),
    step: count,
    when: When,
  }),
  step: z.object({ type: z.literal('step'), step: count, steps: count, loss: z.number(), examplesPerSecond: z.number() }),
  evaluated: z.object({
    type: z.literal('evaluated'),
    step: count,
    steps: count,
    trainLoss: z.number(),
    metrics: MetricNumbers,
    best: z.boolean(),
  }),
  ended: z.object({
    type: z.literal('ended'),
    step: count,
    steps: count,
    bestStep: count,
    patience: count,
    learned: z.boolean().default(false),
  }),
  /** The last line: the package that was written, and how good it is on dev. */
  package: z.object({
    type: z.literal('package'),
    when: When,
    /** Its id: SHA-256 of prompt.json. */
    prompt: Sha256,
    bytes: count,
    method: z.string(),
    steps: count,
    bestStep: count,
    temperature: z.number(),
    /** What a colleague would say of it: how good it is, what is taken for what, what to try next. */
    verdict: z.tuple([z.string(), z.string(), z.string()]),
    /** Metrics on dev, by name. */
    baselines: z.record(z.string(), MetricNumbers),
    /** By how much what was learned does better than the probe; null where there is one of the two alone. */
    overProbe: ComparisonRecord.nullable(),
    /** By how much what is packaged does better than zero-shot; an earlier version does not say. */
    overZeroShot: ComparisonRecord.optional(),
    /** Examples of each label, [C]. */
    learnedFrom: z.array(count),
    /** On dev. The interval of the accuracy is Wilson's; other figures have none. */
    evaluation: EvaluationRecord,
  }),
}

/** A line of events.jsonl. */
export const EventLine = z.discriminatedUnion('type', [FirstLine, ...Object.values(lines)] as const)
export type EventLine = z.infer<typeof EventLine>

/** The types that this version knows. */
export const lineTypes: ReadonlySet<string> = new Set(['run', ...Object.keys(lines)])

/** What is written down of an event; null where that is kept elsewhere. */
export function lineOf(event: TrainingEvent): EventLine | null {
  switch (event.type) {
    case 'state':
      return null // the checkpoint
    case 'step': {
      const { type, step, steps, loss, examplesPerSecond } = event
      return { type, step, steps, loss, examplesPerSecond }
    }
    case 'evaluated':
    case 'baseline':
      return { ...event, metrics: valuesOf(event.metrics) } // the confusion matrix of a thousand labels has two megabytes
    default:
      return event
  }
}
