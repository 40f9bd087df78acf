import { versionsOf } from '../../../shared/formats/task-pointer.ts'
import { printable } from '../../../shared/printable.ts'
import { describeTask, type TaskDescription } from '../../publish/describe-task.ts'
import { requirePointer } from '../../publish/move-pointer.ts'
import { type BucketFlags, useBucket, withBucketOptions } from '../bucket-options.ts'
import { columns } from '../columns.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { taskArgument } from '../options.ts'
import { modelNames } from '../readable-hash.ts'

export const showCommand: AddCommand = (program) => {
  const command = program
    .command('show')
    .helpGroup(groups.publish)
    .description("Show a task's live version and the ones before it.")
    .argument('<task>', "the task's name", taskArgument)
  withBucketOptions(command).action((task: string, flags: BucketFlags) =>
    run(flags.json === true, ({ signal }) =>
      useBucket(flags, signal, async ({ bucket, where }) => {
        await requirePointer(bucket, task)
        const description = await describeTask(bucket, task)
        return { json: { ...description, where }, text: text(description, where) }
      }),
    ),
  )
}

function text({ task, pointer, card, models, problem }: TaskDescription, where: string): string {
  const facts: [string, string][] = [
    ['task', task],
    ['in', where],
    ['updated', pointer?.updated ?? ''],
  ]
  if (problem !== null) facts.push(['PROBLEM', problem])
  for (const { name, weights, baseHash } of models) facts.push(['model', `${name}, ${weights}, base ${baseHash}`])
  if (card !== null) {
    facts.push(
      ['method', `${card.method}, ${card.virtualTokens} virtual tokens`],
      ['template', JSON.stringify(card.template)],
      ['labels', card.labels.map(({ label, verbalizer }) => (label === verbalizer ? label : `${label} (${verbalizer})`)).join(', ')],
      ...Object.entries(card.metrics).map(([name, value]): [string, string] => [name, String(Number(value.toFixed(4)))]),
    )
  }
  const versions = pointer === null ? [] : versionsOf(pointer)
  const rows = versions.map(({ prompt, models: on }, i) => [i === 0 ? 'live' : i === 1 ? 'before' : '', prompt, modelNames(on)])
  const width = Math.max(...facts.map(([name]) => name.length))
  return `${facts.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`).join('\n')}\n\n${columns(['', 'PROMPT', 'MODELS'], rows)}`
}
