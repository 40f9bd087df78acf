import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { TaskName } from '../../shared/formats/task-name.ts'
import { namesOf } from '../../shared/names-of.ts'
import * as weightFormats from '../import/weights/table.ts'
import { OptionalSettings, type ProjectFile } from '../project/project-file.ts'
import { schemaProblems } from '../project/schema-problems.ts'
import { storeScheme } from '../publish/bucket/store-scheme.ts'
import type { GivenSettings } from '../train/settings.ts'
import type { BucketPlace } from './bucket-place.ts'

/** A text with its label, with all its labels where a text may have several, or with how likely each is. */
export type GivenExample = { readonly text: string } & (
  | { readonly label: string | number | boolean; readonly probabilities?: Readonly<Record<string, number>> }
  | { readonly labels: readonly string[] }
  | { readonly probabilities: Readonly<Record<string, number>> }
)

/** Examples: a file or folder as the command line takes it, or the examples themselves. */
export type GivenExamples = string | readonly GivenExample[]

interface Reading {
  /** The names of a file's two columns, where they are not text and label. */
  readonly textColumn?: string
  readonly labelColumn?: string
}

interface Computing {
  /** The threads of ONNX Runtime: all cores where left out. */
  readonly threads?: number
  /** Stops the work: it rejects with a SoftPromptError of code `interrupted`, whose cause is the signal's reason. */
  readonly signal?: AbortSignal
}

/** What `softprompt train` takes, in camel case: a task, its examples, and every setting of a training. */
export interface TrainOptions extends GivenSettings, Reading, Computing {
  readonly task: string
  readonly train: GivenExamples
  /** What the best step is chosen by; a part of `train` is held out where there is none. */
  readonly dev?: GivenExamples
  /** The folder of the model package: that of the model which comes with softprompt where left out. */
  readonly model?: string
  /** The folder for the prompt package: `runs/<task>` where left out. */
  readonly out?: string
  /** Words that stand for labels: the labels themselves where left out. */
  readonly verbalizers?: Readonly<Record<string, string>>
  /** Whether the package that is in `out` may be replaced. */
  readonly force?: boolean
  /** Whether to go on from the checkpoint of a run that was interrupted. */
  readonly resume?: boolean
}

/** What `softprompt evaluate` takes. */
export interface EvaluateOptions extends Reading, Computing {
  /** The folder of a prompt package. */
  readonly package: string
  readonly data: GivenExamples
  /** The folder of the model package: that which the prompt was made on where left out. */
  readonly model?: string
  /** Whether the prompt is left out: the model alone, with the package's template and words. */
  readonly zeroShot?: boolean
}

/** What `softprompt publish` takes: a package, and where to. */
export interface PublishOptions extends BucketPlace, Pick<Computing, 'signal'> {
  /** The folder of a prompt package. */
  readonly package: string
  /** The folders of model packages, one for each weight format: that which the prompt was made on where left out. */
  readonly model?: string | readonly string[]
  /** Weight formats to publish the model in, found beside it. */
  readonly formats?: readonly string[]
  /** Another task's name than the package's own. */
  readonly task?: string
  /** Whether a model may be too large for a Worker. */
  readonly anySize?: boolean
}

/** What `softprompt train` takes without a task: a project file, or what would stand in one, whose paths then begin at the folder worked in. */
export interface ProjectOptions extends Computing {
  readonly project?: string | ProjectFile
  /** These tasks alone. */
  readonly only?: readonly string[]
  /** Whether tasks that are up to date are trained too. */
  readonly force?: boolean
}

/** What `softprompt publish` takes without a package: a project, and where to, in place of what the project says. */
export interface ProjectPublishOptions
  extends BucketPlace,
    Pick<ProjectOptions, 'project' | 'only' | 'signal'>,
    Pick<PublishOptions, 'formats' | 'anySize'> {}

const path = z.string().min(1).max(4096)
const text = z.string().min(1)
const examples = z
  .custom<GivenExamples>(
    (given) => (typeof given === 'string' ? given !== '' : Array.isArray(given)),
    'must be a path or a list of { text, label }',
  )
  .describe('examples: the path of a file or folder, or a list of { text, label }')
const reading = { textColumn: text.optional(), labelColumn: text.optional() }
/** As any realm makes one. */
const signal = z
  .custom<AbortSignal>(
    (given) => typeof Object(given).aborted === 'boolean' && typeof Object(given).addEventListener === 'function',
    'must be an AbortSignal',
  )
  .optional()
const computing = { threads: z.int().min(1).max(256).optional().describe('threads of ONNX Runtime (default: all cores)'), signal }
const folder = path.describe('the folder of a prompt package')
const model = path.optional().describe('the folder of a model package')

export const trainSchema = z.strictObject({
  ...OptionalSettings.shape,
  ...{ ...reading, ...computing, model },
  task: TaskName.describe("the task's name"),
  train: examples,
  dev: examples.optional(),
  out: path.optional().describe('the folder for the prompt package (default: runs/<task>)'),
  verbalizers: z.record(text, text).optional().describe('words that stand for labels (default: the labels themselves)'),
  force: z.boolean().optional().describe('whether the package in out may be replaced'),
  resume: z.boolean().optional().describe('whether to go on from the checkpoint of an interrupted run'),
})

const projectFields = {
  project: z
    .custom<string | ProjectFile>(
      (given) => (typeof given === 'string' ? given !== '' : typeof given === 'object'),
      'must be a path or an object',
    )
    .optional()
    .describe('the project file, or what would stand in one (default: softprompt.config.ts, .js, .json or .yaml here)'),
  only: z.array(TaskName).min(1).optional().describe('the names of the tasks that are meant'),
}

export const projectOptionsSchema = z.strictObject({
  ...{ ...computing, ...projectFields },
  force: z.boolean().optional().describe('whether tasks that are up to date are trained too'),
})

export const evaluateSchema = z.strictObject({
  ...{ ...reading, ...computing, model, package: folder, data: examples },
  zeroShot: z.boolean().optional().describe('whether the prompt is left out'),
})

/** The schema of what is published by: these fields, and where to. */
function publishing<Fields extends z.ZodRawShape>(fields: Fields) {
  const schema = z.strictObject({
    ...fields,
    signal,
    formats: z
      .array(z.enum(namesOf(weightFormats)))
      .min(1)
      .optional()
      .describe('weight formats to publish the model in'),
    anySize: z.boolean().optional().describe('whether a model may be too large for a Worker'),
    store: path
      .refine((store) => storeScheme(store) !== undefined, 'must be a folder, or s3://bucket/prefix')
      .optional()
      .describe('a folder, or s3://bucket/prefix'),
    remote: z.boolean().optional().describe('whether the bucket at Cloudflare is meant'),
    config: path.optional().describe("wrangler's configuration file"),
    persistTo: path.optional().describe('the folder of the local bucket'),
    env: text.optional().describe("an environment of wrangler's configuration"),
  })
  return schema
    .refine((given) => alone(given as BucketPlace), {
      path: ['store'],
      message: 'goes without remote, config, persistTo and env, which are about the bucket of wrangler',
    })
    .refine((given) => hereOrThere(given as BucketPlace), {
      path: ['persistTo'],
      message: 'is of the local bucket, and goes without remote',
    })
}

function alone({ store, remote, config, persistTo, env }: BucketPlace): boolean {
  return store === undefined || [remote, config, persistTo, env].every((other) => other === undefined)
}

function hereOrThere({ remote, persistTo }: BucketPlace): boolean {
  return remote !== true || persistTo === undefined
}

export const publishSchema = publishing({
  package: folder,
  model: z.union([path, z.array(path).min(1)], { error: 'must be a path, or a list of paths' }).optional(),
  task: TaskName.optional().describe("another task's name than the package's own"),
})

export const projectPublishSchema = publishing(projectFields)

/** What `call` was given, as it is. Throws `usage` with all that is wrong with it. */
export function requireOptions<Options>(call: string, schema: z.ZodType, given: Options): Options {
  const parsed = schema.safeParse(given)
  if (parsed.success) return given
  const details = schemaProblems(schema, parsed.error.issues, given, { whole: 'what is given', name: 'option' })
  const [only] = details
  if (details.length === 1) throw new SoftPromptError('usage', `Cannot ${call}: ${only}`)
  throw new SoftPromptError('usage', `Cannot ${call}: ${details.length} options are wrong. ${excerpt(details.join(' '), 1000)}`, {
    details,
  })
}
