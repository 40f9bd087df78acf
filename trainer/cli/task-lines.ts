import { curve } from './curve.ts'
import type { Size } from './live-region.ts'
import { bar, clock } from './progress.ts'
import { cut, type Line, type Styled } from './styled.ts'
import { phases, type TaskStanding } from './task-standing.ts'

const maxName = 24
const gap = 2

/** The columns that each part of a line takes besides the gap before it, and of the bar, which takes what is left, at least and at most. */
const widths = { bar: 6, loss: 10, dev: 9, curve: 8, speed: 9, left: 10 } as const
const maxBar = 24

type Part = keyof typeof widths

/** The parts that go where a line is too narrow for all, the first of them first. */
const dispensable: readonly Part[] = ['speed', 'bar', 'curve', 'loss', 'left', 'dev']

/** A line for each task that is not over, in `size`: those under way before those that wait, and a word for the rest where there is no room. */
export function taskLines(tasks: readonly TaskStanding[], { columns, rows }: Size): Line[] {
  const underWay = tasks.filter(({ phase }) => phase !== 'over' && phase !== 'waiting')
  const ordered = [...underWay, ...tasks.filter(({ phase }) => phase === 'waiting')]
  const shown = ordered.length <= rows ? ordered : ordered.slice(0, Math.max(0, rows - 1))
  const nameWidth = Math.min(maxName, Math.max(0, ...tasks.map(({ task }) => task.length)))
  const parts = fitting(columns - nameWidth)
  const lines = shown.map((progress) => [progress.task.slice(0, nameWidth).padEnd(nameWidth), ...described(progress, parts)])
  return [...lines, ...rest(shown.length, underWay.length, ordered.length)].map((line) => cut(line, columns))
}

function rest(shown: number, underWay: number, all: number): Line[] {
  if (shown === all) return []
  const learning = Math.max(0, underWay - shown)
  const counts = [
    ...(learning > 0 ? [`${learning} under way`] : []),
    ...(all > underWay ? [`${all - Math.max(shown, underWay)} waiting`] : []),
  ]
  return [[{ style: 'dim', text: `${shown === 0 ? `${all} tasks` : `and ${all - shown} more`}: ${counts.join(', ')}` }]]
}

/** The parts that `columns` hold, and how wide the bar is. */
function fitting(columns: number): { readonly kept: ReadonlySet<Part>; readonly barWidth: number } {
  const kept = new Set(Object.keys(widths) as Part[])
  const left = () => columns - [...kept].reduce((sum, part) => sum + gap + widths[part], 0)
  for (const part of dispensable) if (left() < 0) kept.delete(part)
  return { kept, barWidth: Math.min(maxBar, widths.bar + Math.max(0, left())) }
}

function described({ phase, step, accuracies }: TaskStanding, { kept, barWidth }: ReturnType<typeof fitting>): (string | Styled)[] {
  if (phase !== 'learning' || step === null) {
    return phase === 'over' || phase === 'learning' ? [] : [' '.repeat(gap), { style: 'dim', text: phases[phase] }]
  }
  const accuracy = step.dev?.accuracy ?? accuracies.at(-1)
  const parts: Record<Part, string | Styled> = {
    bar: bar(step.step / step.steps, barWidth),
    loss: `loss ${step.loss.toFixed(3)}`,
    dev: `dev ${accuracy === undefined ? '–' : accuracy.toFixed(3)}`.padEnd(widths.dev),
    curve: curve(accuracies, widths.curve).padEnd(widths.curve),
    speed: { style: 'dim', text: `${step.examplesPerSecond.toFixed(0)} ex/s`.padStart(widths.speed) },
    left: { style: 'dim', text: `${clock(step.secondsLeft)} left`.padStart(widths.left) },
  }
  return (Object.keys(parts) as Part[]).flatMap((part) => (kept.has(part) ? [' '.repeat(gap), parts[part]] : []))
}
