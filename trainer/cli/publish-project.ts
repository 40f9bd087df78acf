import { counted } from '../counted.ts'
import { type PublishedProject, publishTasks } from '../library/publish-tasks.ts'
import { begun } from '../library/run.ts'
import { openProject } from '../project/open-project.ts'
import type { BucketFlags } from './bucket-options.ts'
import { columns } from './columns.ts'
import type { Result, Terminal } from './command.ts'
import { shortHash } from './readable-hash.ts'

export interface PublishProjectFlags extends BucketFlags {
  readonly project?: string
  readonly only?: readonly string[]
  readonly formats?: readonly string[]
  readonly anySize?: true
}

/** Publishes what passes of a project, and says what does not. */
export async function publishProject({ project: named, ...flags }: PublishProjectFlags, terminal: Terminal): Promise<Result> {
  const { log, warn, status, signal } = terminal
  const project = await openProject(named, 'Cannot publish without a package: name the folder of one.')
  const publishing = begun(publishTasks(project, { ...flags, signal, notes: log }))
  for await (const { task, event } of publishing) {
    if (event.type === 'note') log(event.message)
    if (event.type === 'warning') warn(`${task}: ${event.message}`)
    if (event.type === 'progress') status(event.message)
  }
  const result = await publishing
  return { json: { ...result }, text: publishedText(result), failed: result.notPublished.length > 0 }
}

function publishedText({ tasks, where }: PublishedProject): string {
  const held = tasks.filter(({ result }) => result === 'not published')
  return [
    columns(
      ['TASK', 'RESULT', 'PROMPT'],
      tasks.map(({ task, result, prompt }) => [task, result, prompt === null ? '–' : shortHash(prompt)]),
    ),
    '',
    ...held.map(({ task, problem }) => `${task}: ${problem?.replace(/\.$/, '')}.`),
    `${counted(tasks.length - held.length, 'task')} of ${tasks.length} are live in ${where}.`,
  ].join('\n')
}
