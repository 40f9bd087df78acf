import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pointerOf, versionsOf } from '../../../shared/formats/task-pointer.ts'
import { requireLog } from '../../../trainer/publish/move-pointer.ts'
import { preparePublication, publish } from '../../../trainer/publish/publish.ts'
import { requireWhole } from '../../../trainer/publish/versions.ts'
import { softprompt } from '../../fixtures/command-line.ts'
import { useLocalBucket } from '../../fixtures/local-bucket.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const local = useLocalBucket()
const at = (name: string) => join(local.folder, name)
const never = new AbortController().signal

/** Writes `count` versions of `task`, all on one model. */
async function versions(task: string, count: number): Promise<string[]> {
  const model = await writeSmallModel(at(`${task}-model`), { name: task })
  return Promise.all(Array.from({ length: count }, (_, i) => writeRandomPrompt(at(`${task}-${i}`), model, { task, seed: i + 1 })))
}

/** The versions that `task` has, the live one first, each checked to be whole. */
async function stored(task: string): Promise<string[]> {
  const known = versionsOf(pointerOf(await requireLog(local.bucket, task))!)
  for (const version of known) await requireWhole(local.bucket, version)
  return known.map(({ prompt }) => prompt)
}

test('of publishers at the same time each one wins in its turn, or is told of the conflict; no version is lost', async () => {
  const prompts = await versions('together', 6)
  const attempts = prompts.map(async (_, i) =>
    publish(local.bucket, await preparePublication(at(`together-${i}`), at('together-model')), never, () => undefined),
  )
  const results = await Promise.allSettled(attempts)
  const won = prompts.filter((_, i) => results[i]!.status === 'fulfilled')
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' })
  expect(won.length).toBeGreaterThanOrEqual(3) // whoever was refused three times has seen three others win
  expect((await stored('together')).toSorted()).toEqual(won.toSorted())
})

test('processes that publish the same version at the same time all succeed', async () => {
  const [prompt] = await versions('same', 1)
  const publisher = () => publish(local.bucket, preparation, never, () => undefined)
  const preparation = await preparePublication(at('same-0'), at('same-model'))
  const results = await Promise.all([publisher(), publisher(), publisher()])
  expect(results.filter(({ changed }) => changed).length).toBe(1)
  expect(await stored('same')).toEqual([prompt])
})

test('separate processes publish into one local bucket', async () => {
  const prompts = await versions('processes', 3)
  const results = await Promise.all(
    prompts.map((_, i) =>
      softprompt(['publish', at(`processes-${i}`), '--model', at('processes-model'), '--persist-to', at('state'), '--json']),
    ),
  )
  const won = results.flatMap(({ code, json, stderr }) => {
    if (code === 0) return [json!.prompt as string]
    expect(json, stderr).toMatchObject({ error: { code: 'conflict' } })
    return []
  })
  expect(won.length).toBeGreaterThanOrEqual(1)
  expect((await stored('processes')).toSorted()).toEqual(won.toSorted())
})

test('four first publishes into a local bucket that is not there yet all succeed', async () => {
  await versions('first', 4)
  const publisher = (i: number) =>
    softprompt(['publish', at(`first-${i}`), '--model', at('first-model'), '--task', `first-${i}`, '--persist-to', at('fresh'), '--json'])
  const results = await Promise.all([0, 1, 2, 3].map(publisher))
  for (const { code, json, stderr } of results) expect(code, `${stderr} ${JSON.stringify(json)}`).toBe(0)
  const { json } = await softprompt(['list', '--persist-to', at('fresh'), '--json'])
  expect(json).toMatchObject({ tasks: [0, 1, 2, 3].map((i) => ({ task: `first-${i}`, problem: null })) })
})
