import type { JudgedTask } from '../project/judged-tasks.ts'
import { columns } from './columns.ts'
import { counted } from './counted.ts'
import { next } from './next.ts'

/** What became of a project's tasks, for people; `project` is the file, where it had to be named. */
export function judgedText(judged: readonly JudgedTask[], project: string | undefined): string {
  const failed = judged.filter(({ problem }) => problem !== null)
  const named = project === undefined ? [] : ['--project', project]
  const others = `${counted(failed.length, 'task')} of ${judged.length} did not pass; the others can be published.\n${next(['publish', ...named])}`
  return [
    columns(['TASK', 'RESULT', 'DEV', 'PROBE', 'TEST', 'MINIMUM'], judged.map(row)),
    '',
    ...failed.map(({ plan, problem, verdict }) => [`${plan.task.name}: ${problem}.`, ...(verdict?.slice(1) ?? [])].join(' ')),
    failed.length === 0 ? next(['publish', ...named]) : failed.length === judged.length ? 'No task passed.' : others,
  ].join('\n')
}

function row({ plan: { task }, result, package: made, problem }: JudgedTask): string[] {
  const figure = (metrics: Readonly<Record<string, number | undefined>> | undefined) => metrics?.accuracy?.toFixed(3) ?? '–'
  const wanted = Object.entries(task.minimum).map(([metric, value]) => `${metric} ${value}`)
  return [
    ...[task.name, result],
    ...[made?.card.metrics, made?.card.baselines.probe, made?.measurement?.evaluation.metrics].map(figure),
    wanted.length === 0 ? '–' : `${wanted.join(', ')}: ${problem === null ? 'passed' : 'missed'}`,
  ]
}
