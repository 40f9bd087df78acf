import { counted } from '../counted.ts'
import * as metrics from '../evaluate/metrics/table.ts'
import { headlines } from '../evaluate/report/metrics-line.ts'
import type { Figures } from '../project/figures.ts'
import type { ProjectResult } from '../project/project-result.ts'
import { maxSuspects } from '../train/learned-package.ts'
import { columns } from './columns.ts'
import { invocation, next, quoted } from './next.ts'

type Task = ProjectResult['tasks'][number]

/** What became of a project's tasks, for people; `project` is the file, where it had to be named. */
export function projectResultText({ tasks, failed }: ProjectResult, project: string | undefined): string {
  const publishing = next(['publish', ...(project === undefined ? [] : ['--project', project])])
  const missed = tasks.filter(({ passed }) => !passed)
  return [
    columns(['TASK', 'RESULT', 'DEV', 'PROBE', 'TEST', 'MINIMUM'], tasks.map(row)),
    '',
    ...missed.map(({ task, problem, verdict }) => [`${task}: ${problem}.`, ...(verdict?.slice(1) ?? [])].join(' ')),
    ...(missed.length > 0 && missed.length < tasks.length
      ? [`${counted(failed.length, 'task')} of ${tasks.length} did not pass; the others can be published.`]
      : []),
    ...suspectedText(tasks, project),
    missed.length === tasks.length ? 'No task passed.' : publishing,
  ].join('\n')
}

/** How many labels of dev are in doubt, and where they can be looked at. */
function suspectedText(tasks: readonly Task[], project: string | undefined): string[] {
  const doubted = tasks.filter(({ suspects }) => suspects.length > 0)
  if (doubted.length === 0) return []
  const counts = doubted.map(({ task, suspects: { length } }) => `${task} (${length === maxSuspects ? `${length} or more` : length})`)
  const from = project === undefined ? '' : ` --project ${quoted(project)}`
  return [`Some examples of dev may be mislabelled: ${counts.join(', ')}. To see which: ${invocation()} report${from} --out report.html`]
}

function row({ task, result, dev, baselines, test, minimum, passed }: Task): string[] {
  const figure = (figures: Figures | null | undefined) => {
    const { coverage = 1, ...values } = figures ?? {}
    const [name = 'accuracy'] = headlines(values)
    const value = values[name]
    if (value === undefined) return '–'
    return `${value.toFixed(3)}${name === 'accuracy' ? '' : ` ${metrics[name].label}`}${coverage < 1 ? ` (${(100 * coverage).toFixed(0)} % answered)` : ''}`
  }
  const wanted = Object.entries(minimum).map(([metric, value]) => `${metric} ${value}`)
  return [
    ...[task, result, figure(dev), figure(baselines?.probe), figure(test)],
    wanted.length === 0 ? '–' : `${wanted.join(', ')}: ${passed ? 'passed' : 'missed'}`,
  ]
}
