import { counted } from '../counted.ts'
import { checkData } from '../data/check-data.ts'
import { splitsOf } from '../project/judged-tasks.ts'
import type { Project } from '../project/load-project.ts'
import type { TaskPlan } from '../project/plan.ts'
import { namingOf } from '../project/task-naming.ts'
import { inNames } from '../train/setting-names.ts'
import { columns } from './columns.ts'
import type { Result } from './command.ts'

/** How fast learning is, and what that is known of. */
export interface LearningPace {
  readonly examplesPerSecond: number
  readonly of: string
}

/** What would be done for a project's tasks, why, and how long that takes at `pace`, where that is known. */
export function planned({ file }: Project, plans: readonly TaskPlan[], pace: LearningPace | null): Result {
  const due = plans.filter(({ reasons }) => reasons.length > 0)
  const examples = due.reduce((sum, { examplesToLearn }) => sum + examplesToLearn, 0)
  const warnings = new Map(due.map((plan) => [plan.task.name, warningsOf(plan)]))
  return {
    json: {
      project: file,
      tasks: plans.map(({ task: { name }, reasons, begun, examplesToLearn }) => ({
        ...{ task: name, train: reasons.length > 0, reasons, begun, examples: examplesToLearn },
        warnings: warnings.get(name) ?? [],
      })),
      examples,
      seconds: pace === null ? null : examples / pace.examplesPerSecond,
    },
    text: [
      columns(
        ['TASK', 'EXAMPLES', 'TODO'],
        plans.map((plan) => [plan.task.name, String(plan.data.train.examples.length), todo(plan)]),
      ),
      '',
      ...[...warnings].flatMap(([task, messages]) => messages.map((message) => `${task}: ${message.replace(/\.$/, '')}.`)),
      due.length === 0
        ? 'Nothing to train.'
        : `${counted(due.length, 'task')} to train: ${examples} examples, each counted as often as it is seen, at most${aboutTime(examples, pace)}.`,
    ].join('\n'),
  }
}

/** What was found in a task's examples. */
function warningsOf({ task, data }: TaskPlan): string[] {
  return checkData(splitsOf(data)).findings.map(({ message }) => inNames(namingOf(task.name), message))
}

function todo({ task, package: found, reasons, begun }: TaskPlan): string {
  if (reasons.length > 0) return `train: ${reasons.join(', ')}${begun ? ' (goes on from its checkpoint)' : ''}`
  return task.test !== null && found?.measurement === null ? 'measure on test' : 'nothing: up to date'
}

/** How long learning takes; nothing where nothing is learned step by step, which takes seconds. */
function aboutTime(examples: number, pace: LearningPace | null): string {
  if (pace === null) return ''
  const minutes = examples / pace.examplesPerSecond / 60
  const time = minutes < 2 ? `${Math.ceil(60 * minutes)} seconds` : `${Math.round(minutes)} minutes`
  return `; some ${time} at the ${Math.round(pace.examplesPerSecond)} examples a second of ${pace.of}`
}
