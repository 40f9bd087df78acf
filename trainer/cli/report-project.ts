import { findPromptCard } from '../../shared/engine/stored-prompt.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { pointerOf } from '../../shared/formats/task-pointer.ts'
import { counted } from '../counted.ts'
import { bucketOf, namesBucket } from '../library/project-bucket.ts'
import { defaultModel } from '../library/shipped.ts'
import { useBucket } from '../library/use-bucket.ts'
import { shortfall } from '../project/judge.ts'
import type { Project } from '../project/load-project.ts'
import { openProject, planTasks } from '../project/open-project.ts'
import type { TaskPackage } from '../project/plan.ts'
import { type PlannedTask, projectTasks } from '../project/project-tasks.ts'
import { namingOf } from '../project/task-naming.ts'
import { type Bucket, bucketStore } from '../publish/bucket/bucket.ts'
import { readLog } from '../publish/move-pointer.ts'
import { type PackageFacts, packageFacts } from '../report/package-facts.ts'
import { type LiveVersion, projectReport, type ReportedTask } from '../report/project-report.ts'
import { devOf } from '../train/dev-of.ts'
import { inNames } from '../train/setting-names.ts'
import type { BucketFlags } from './bucket-options.ts'
import type { Result, Terminal } from './command.ts'
import { publishingCommands, requireReportFile, writeReport } from './report-file.ts'

export interface ReportProjectFlags extends BucketFlags {
  readonly project?: string
  readonly only?: readonly string[]
  readonly out: string
}

/** How a task of a project stands. */
interface Standing {
  readonly task: PlannedTask
  readonly package: TaskPackage | null
  /** Why it should be trained; empty where it is up to date. */
  readonly stale: readonly string[]
  /** Why it does not pass; null where it does. */
  readonly problem: string | null
}

type LiveVersions = ReadonlyMap<string, LiveVersion | null>

/** Reports a project as it lies here, without training or measuring anything; where it `needsStore`, a store that does not answer is an error. */
export async function reportProject(flags: ReportProjectFlags, terminal: Terminal, { needsStore = true } = {}): Promise<Result> {
  const { log, warn, signal } = terminal
  const project = await openProject(flags.project, 'Cannot report without a package: name the folder of one.')
  const tasks = projectTasks(project, defaultModel, flags.only)
  const outs = tasks.map(({ out }) => out)
  requireReportFile(flags.out, '--out', outs)
  const plans = await planTasks(project, tasks, { tell: log, signal })
  const standings = plans.map(({ task, package: found, reasons }) => ({
    ...{ task, package: found, stale: reasons },
    problem: found === null ? 'it has no package' : shortfall(task, found),
  }))
  const names = tasks.map(({ name }) => name)
  const live = await liveVersions(project, names, flags, signal).catch((error) => {
    if (needsStore || !(error instanceof SoftPromptError)) throw error
    warn(`The report does not say what is live: ${error.message}`)
    return null
  })
  await writeProjectReport(flags.out, project, standings, live)
  const failed = standings.filter(({ problem }) => problem !== null).map(({ task }) => task.name)
  return {
    json: { report: flags.out, project: project.file, tasks: names, failed },
    text: `${flags.out}: ${counted(standings.length, 'task')}, of which ${failed.length} do not pass.`,
  }
}

/** Writes the page on all tasks of a project. `live` is null where no store was asked. */
async function writeProjectReport(
  path: string,
  { file }: Project,
  standings: readonly Standing[],
  live: LiveVersions | null,
): Promise<void> {
  const tasks: ReportedTask[] = []
  for (const standing of standings) tasks.push(await reported(standing, live))
  writeReport(path, await projectReport(file, new Date().toISOString(), tasks))
}

async function reported({ task, package: found, stale, problem }: Standing, live: LiveVersions | null): Promise<ReportedTask> {
  const { name, out, minimum, test } = task
  const facts = found && (await packageFacts(out))
  return {
    ...{ task: name, minimum, judgedOn: test === null ? 'dev' : 'test', problem, stale },
    facts: facts && inWordsOf(name, found?.measurement === null ? { ...facts, measured: [] } : facts), // of other examples than the task has now
    live: live === null ? undefined : (live.get(name) ?? null),
    publishing: publishingCommands(out, name),
  }
}

/** What is said of a package, in the words of the project file. */
function inWordsOf(task: string, facts: PackageFacts): PackageFacts {
  const { training } = facts
  if (training === null) return facts
  const [how, confused, next] = training.package.verdict
  const said = (line: string) => inNames(namingOf(task), line)
  return { ...facts, training: { ...training, package: { ...training.package, verdict: [said(how), said(confused), said(next)] } } }
}

/** What answers each task now; null where neither the project nor an option names a store. */
async function liveVersions(
  project: Project,
  tasks: readonly string[],
  flags: BucketFlags,
  signal: AbortSignal,
): Promise<LiveVersions | null> {
  const place = bucketOf(project, flags)
  if (!namesBucket(place)) return null
  return useBucket(place, signal, async ({ bucket }) => {
    const found = new Map<string, LiveVersion | null>()
    for (const task of tasks) found.set(task, await liveVersion(bucket, task))
    return found
  })
}

async function liveVersion(bucket: Bucket, task: string): Promise<LiveVersion | null> {
  const read = await readLog(bucket, task)
  const prompt = read && pointerOf(read.log)?.live.prompt
  if (!prompt) return null
  const card = await findPromptCard(bucketStore(bucket), prompt).catch((error) => {
    if (error instanceof SoftPromptError && error.code.startsWith('invalid')) return null // it is told of as live all the same
    throw error
  })
  return { prompt, metrics: card?.metrics ?? null, dev: card && devOf(card) }
}
