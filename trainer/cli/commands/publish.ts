import { InvalidArgumentError } from 'commander'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { namesOf } from '../../../shared/names-of.ts'
import * as weightFormats from '../../import/weights/table.ts'
import { type PublishedPackage, publishPackage } from '../../library/publish-package.ts'
import { withBucketOptions } from '../bucket-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { packageModelHelp, taskArgument } from '../options.ts'
import { onlyHelp, projectHelp, taskList } from '../project-options.ts'
import { type PublishProjectFlags, publishProject } from '../publish-project.ts'
import { modelNames, shortHash } from '../readable-hash.ts'

interface Flags extends PublishProjectFlags {
  readonly model?: readonly [string, ...string[]]
  readonly task?: string
}

export const publishCommand: AddCommand = (program) => {
  const command = program
    .command('publish')
    .helpGroup(groups.publish)
    .description(
      'Upload a prompt package and its model, in one weight format or several, then make it the live version of its task. Without a package: every one of the project file that is up to date and passes its minimum.',
    )
    .argument('[package]', 'the folder of a prompt package')
    .option('--model <dir>', `${packageModelHelp}; may be given once for each weight format`, collected)
    .option('--formats <list>', 'weight formats to publish the model in, such as int8,q8, found beside it (default: its own)', formatList)
    .option('--task <name>', "another task's name than the package's own", taskArgument)
    .option('--any-size', 'take a model that is too large for a Worker: softprompt serve answers with it (as with --store)')
  command.option('--project <file>', projectHelp).option('--only <tasks>', onlyHelp, taskList)
  withBucketOptions(command).action((directory: string | undefined, flags: Flags) =>
    run(flags.json === true, async (terminal) => {
      if (directory === undefined) return publishProject(withoutTask(flags), terminal)
      const alone = flags.project === undefined ? flags.only && '--only' : '--project'
      if (alone !== undefined) throw new SoftPromptError('usage', `Cannot use ${alone} with a package: leave one of them out.`)
      const published = await publishPackage({ package: directory, ...flags }, terminal)
      return { json: { ...published }, text: publishedText(published) }
    }),
  )
}

function publishedText({ task, prompt, models, changed, replaced, where }: PublishedPackage): string {
  const version = `prompt ${shortHash(prompt)} on ${modelNames(models)}`
  const before =
    replaced === null || replaced.prompt === prompt
      ? ''
      : ` It replaces prompt ${shortHash(replaced.prompt)}; softprompt rollback ${task} goes back.`
  return changed
    ? `Published task ${task}: ${version}, in ${where}.${before}`
    : `Task ${task} is unchanged: ${version} is live already, in ${where}.`
}

/** Throws `usage` where an option is for one package alone. */
function withoutTask({ task, model, ...flags }: Flags): Omit<Flags, 'task' | 'model'> {
  const wrong = task === undefined ? model && '--model' : '--task'
  if (wrong === undefined) return flags
  throw new SoftPromptError('usage', `Cannot use ${wrong} without a package: the project file says that of its tasks.`)
}

function collected(directory: string, before: readonly string[] = []): string[] {
  return [...before, directory]
}

/** Weight formats, comma-separated. */
function formatList(text: string): string[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))]
  const known: readonly string[] = namesOf(weightFormats)
  const other = names.find((name) => !known.includes(name))
  if (other !== undefined)
    throw new InvalidArgumentError(`It names ${excerpt(JSON.stringify(other))}, and the formats are ${known.join(', ')}.`)
  return names
}
