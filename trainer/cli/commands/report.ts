import { SoftPromptError } from '../../../shared/error.ts'
import { packageFacts } from '../../report/package-facts.ts'
import { flagOf } from '../../train/setting-flag.ts'
import { withBucketOptions } from '../bucket-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { onlyHelp, projectHelp, taskList } from '../project-options.ts'
import { requireReportFile, writePackageReport } from '../report-file.ts'
import { type ReportProjectFlags, reportProject } from '../report-project.ts'

const help = `
Examples:
  softprompt report runs/routing --out routing.html
  softprompt report --out prompts.html
  softprompt report --project prompts.yaml --store s3://bucket/prompts --out prompts.html`

/** The options that go with a project file alone. */
const forProjects = ['project', 'only', 'store', 'local', 'remote', 'config', 'persistTo', 'env'] as const

export const reportCommand: AddCommand = (program) => {
  const command = program
    .command('report')
    .helpGroup(groups.learn)
    .argument('[package]', 'the folder of a prompt package; without it, the tasks of the project file are reported')
    .description(
      'Write a page to look at, one HTML file: how good a package is, how it was learned, what it gets wrong, or all tasks of a project file beside each other and what is live. Nothing is trained or measured for it.',
    )
    .requiredOption('--out <file>', 'the HTML file')
    .option('--project <file>', projectHelp)
    .option('--only <tasks>', onlyHelp, taskList)
  withBucketOptions(command)
    .addHelpText('after', help)
    .action((folder: string | undefined, options: ReportProjectFlags) =>
      run(options.json === true, async (terminal) => {
        if (folder === undefined) return reportProject(options, terminal)
        const wrong = forProjects.find((name) => options[name] !== undefined)
        if (wrong !== undefined)
          throw new SoftPromptError('usage', `Cannot use ${flagOf(wrong)} with a package: it goes with a project file.`)
        requireReportFile(options.out, '--out')
        const facts = await packageFacts(folder)
        await writePackageReport(options.out, facts, null)
        const { task } = facts.card
        const lacking = facts.missing === null ? '' : ` ${facts.missing}`
        return {
          json: { report: options.out, task, prompt: facts.id, missing: facts.missing },
          text: `${options.out}: task ${task}.${lacking}`,
        }
      }),
    )
}
