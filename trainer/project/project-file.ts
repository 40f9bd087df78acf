import { z } from 'zod'
import { TaskName } from '../../shared/formats/task-name.ts'
import { storeScheme } from '../publish/bucket/store-scheme.ts'
import { TrainingSettings } from '../train/settings.ts'
import { judgedFigures } from './figures.ts'

const path = z.string().min(1).max(4096)
/** Paths or globs, from the project file on. */
const paths = z.union([path, z.array(path).min(1).max(1000)], { error: 'must be a path, a glob, or a list of them' })

/** Every setting of a training run, none of which has to be there. */
export const OptionalSettings = z.object(
  Object.fromEntries(
    Object.entries(TrainingSettings.shape).map(([name, field]) => {
      const own = field instanceof z.ZodDefault ? field.unwrap() : field
      const preset = field instanceof z.ZodDefault ? ` (default: ${String(field.parse(undefined))})` : ''
      return [name, (own as z.ZodType).optional().describe(`${field.description}${preset}`)]
    }),
  ) as { [Name in keyof typeof TrainingSettings.shape]: z.ZodOptional<z.ZodType<TrainingSettings[Name]>> },
)

const shared = {
  model: path.optional().describe('the folder of the model package (default: the one that comes with softprompt)'),
  textColumn: z.string().min(1).optional().describe('the column or field that holds the text (default: text)'),
  labelColumn: z.string().min(1).optional().describe('the column or field that holds the label (default: label)'),
  minimum: z
    .partialRecord(z.enum(judgedFigures), z.number().min(0).max(1), {
      error: 'must be metrics with their least values, such as { accuracy: 0.9 }',
    })
    .optional()
    .describe('what a package must reach to be published: on test where the task has one, else on dev'),
  ...OptionalSettings.shape,
}

/** What is said of one task. */
export const ProjectTask = z.strictObject(
  {
    train: paths.describe('files of examples to learn from: paths or globs'),
    dev: paths.optional().describe('files to choose the best step by (default: a part of train is held out)'),
    test: paths.optional().describe('files that the package is measured on'),
    verbalizers: z
      .record(z.string().min(1), z.string().min(1), { error: 'must be words by labels, such as { ham: "message" }' })
      .optional()
      .describe('words that stand for labels (default: the labels themselves)'),
    ...shared,
  },
  { error: 'must say of a task what it is learned from, such as { train: "routing.csv" }' },
)
export type ProjectTask = z.infer<typeof ProjectTask>

/** A project file: many tasks, and what they have in common. Paths in it begin at its folder. */
export const ProjectFile = z
  .strictObject({
    $schema: z.string().optional().describe('where an editor finds the JSON schema of this file'),
    runs: path.optional().describe('the folder for prompt packages, one a task (default: runs)'),
    model: shared.model,
    bucket: path
      .refine((store) => storeScheme(store) !== undefined, 'must be a folder, or s3://bucket/prefix')
      .optional()
      .describe('where to publish: DIR or s3://bucket/prefix (default: the R2 bucket of wrangler.toml)'),
    threads: z.int().min(1).max(256).optional().describe('threads of ONNX Runtime (default: all cores)'),
    defaults: z.strictObject(shared).optional().describe('what every task has that does not say otherwise'),
    tasks: z
      .record(TaskName, ProjectTask, { error: 'must be tasks by their names, such as { routing: { train: "routing.csv" } }' })
      .refine((tasks) => Object.keys(tasks).length > 0, 'has no task')
      .describe('what is trained: each task by its name'),
  })
  .refine(({ model, defaults }) => model === undefined || defaults?.model === undefined, {
    path: ['defaults', 'model'],
    message: 'the model is named at the top of the file too: leave one of them out',
  })
export type ProjectFile = z.infer<typeof ProjectFile>

/** The JSON schema of a project file, for editors. */
export function projectSchema(): object {
  return { title: 'softprompt project file', ...z.toJSONSchema(ProjectFile, { io: 'input' }) }
}
