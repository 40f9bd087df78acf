import { SoftPromptError } from '../../shared/error.ts'
import { defaultModel } from '../library/shipped.ts'
import { openProject } from '../project/open-project.ts'
import { projectTasks } from '../project/project-tasks.ts'
import { packageFacts } from '../report/package-facts.ts'
import type { Result, Terminal } from './command.ts'
import { requireReportFile, writePackageReport } from './report-file.ts'
import { reportProject } from './report-project.ts'

/** What `train` comes to, which writes a package to `out`, and a report of that where `report` names a file. */
export async function reportedPackage(
  report: string | undefined,
  out: string,
  terminal: Terminal,
  train: () => Promise<Result>,
): Promise<Result> {
  if (report !== undefined) requireReportFile(report, '--report', [out])
  const result = await train()
  if (report !== undefined) await writePackageReport(report, await packageFacts(out), terminal)
  return result
}

interface ProjectFlags {
  readonly project?: string
  readonly only?: readonly string[]
  readonly dryRun?: boolean
}

/** What `train` comes to, which trains a project, and a report of that where `report` names a file. */
export async function reportedProject(
  report: string | undefined,
  { project, only, dryRun }: ProjectFlags,
  terminal: Terminal,
  train: () => Promise<Result>,
): Promise<Result> {
  if (report === undefined) return train()
  if (dryRun === true) throw new SoftPromptError('usage', 'Cannot write a report of a dry run: leave out --report, or --dry-run.')
  requireReportFile(report, '--report', await packagesOf(project, only))
  const result = await train()
  const flags = { ...(project !== undefined && { project }), ...(only && { only }), out: report }
  await reportProject(flags, terminal, { needsStore: false })
  terminal.log(`The report is in ${report}.`)
  return result
}

/** The folders of a project's packages. */
async function packagesOf(named: string | undefined, only: readonly string[] | undefined): Promise<string[]> {
  const project = await openProject(named, 'Cannot train without a task: give --task and --train for one.')
  return projectTasks(project, defaultModel, only).map(({ out }) => out)
}
