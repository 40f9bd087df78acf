import { maxHistory } from '../../../shared/formats/limits.ts'
import { printable } from '../../../shared/printable.ts'
import type { Interval } from '../../evaluate/interval.ts'
import { readableMetrics } from '../../evaluate/report/readable-metrics.ts'
import { useBucket } from '../../library/use-bucket.ts'
import { type DescribedEvent, describeEvents } from '../../publish/describe-events.ts'
import { describeTask, type TaskDescription } from '../../publish/describe-task.ts'
import { requireLog } from '../../publish/move-pointer.ts'
import { shownInterval } from '../../report/readable-figures.ts'
import { type BucketFlags, withBucketOptions } from '../bucket-options.ts'
import { columns } from '../columns.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { taskArgument } from '../options.ts'
import { modelNames, shortHash } from '../readable-hash.ts'

export const showCommand: AddCommand = (program) => {
  const command = program
    .command('show')
    .helpGroup(groups.publish)
    .description(
      `Show a task: what is live, and every version that went live, when, by what command, how it did on dev and what it replaced (the last ${maxHistory} changes), of a deleted task too.`,
    )
    .argument('<task>', "the task's name", taskArgument)
  withBucketOptions(command).action((task: string, flags: BucketFlags) =>
    run(flags.json === true, ({ signal }) =>
      useBucket(flags, signal, async ({ bucket, where }) => {
        await requireLog(bucket, task)
        const description = await describeTask(bucket, task)
        const events = await describeEvents(bucket, description.events ?? [])
        return { json: { ...description, events, where }, text: text(description, events, where) }
      }),
    ),
  )
}

function text({ task, pointer, card, models, problem }: TaskDescription, events: readonly DescribedEvent[], where: string): string {
  const facts: [string, string][] = [
    ['task', task],
    ['in', where],
    pointer === null ? ['DELETED', events[0]?.when ?? ''] : ['updated', pointer.updated],
  ]
  if (problem !== null) facts.push(['PROBLEM', problem])
  if (pointer !== null) facts.push(['live', `prompt ${pointer.live.prompt}`])
  for (const { name, weights, baseHash } of models) facts.push(['model', `${name}, ${weights}, base ${baseHash}`])
  if (card !== null) {
    facts.push(
      ['method', `${card.method}, ${card.virtualTokens} virtual tokens`],
      ['template', JSON.stringify(card.template)],
      ['labels', card.labels.map(({ label, verbalizer }) => (label === verbalizer ? label : `${label} (${verbalizer})`)).join(', ')],
      ...devFacts(card),
    )
  }
  const width = Math.max(...facts.map(([name]) => name.length))
  const described = facts.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join('\n')
  return `${described}\n\n${columns(['', 'WHEN', 'BY', 'PROMPT', 'ON DEV', 'REPLACED', 'MODELS'], events.map(row))}`
}

/** How it did on dev, and the baselines there: the accuracies with their 95 % intervals, where the card has them. */
function devFacts({ metrics, baselines, accuracyIntervals }: NonNullable<TaskDescription['card']>): [string, string][] {
  const figure = (value: number, interval?: Interval) => {
    const range = interval === undefined ? '' : ` (95 % interval ${shownInterval(interval)})`
    return `${Number(value.toFixed(4))}${range}`
  }
  const own = Object.entries(metrics).map(([name, value]): [string, string] => {
    return [name, figure(value, name === 'accuracy' ? accuracyIntervals?.package : undefined)]
  })
  const others = Object.entries(baselines).flatMap(([name, { accuracy }]): [string, string][] => {
    return accuracy === undefined ? [] : [[`accuracy of ${name}`, figure(accuracy, accuracyIntervals?.baselines[name])]]
  })
  return [...own, ...others]
}

function row({ when, by, version, replaced, metrics, state }: DescribedEvent): string[] {
  const left = replaced === null ? '–' : shortHash(replaced.prompt)
  if (version === null) return ['', when, by, '–', '–', left, '–']
  const onDev = metrics === null ? 'its card is gone' : readableMetrics(metrics) || '–'
  return [state ?? '', when, by, shortHash(version.prompt), onDev, left, modelNames(version.models)]
}
