import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import { writePromptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { planTask } from '../../../trainer/project/plan.ts'
import type { PlannedTask } from '../../../trainer/project/project-tasks.ts'
import { readTask } from '../../../trainer/project/read-task.ts'
import { ingredients } from '../../../trainer/train/ingredients.ts'
import { checkpointOf } from '../../../trainer/train/run.ts'
import { examplesOfTwoKinds, linesOf, quotedCsv } from '../../fixtures/examples.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
let model: ModelCard
let made = 0
let task: PlannedTask

beforeAll(async () => {
  model = await writeSmallModel(at('model'))
  writeFileSync(at('train.jsonl'), linesOf(examplesOfTwoKinds))
  writeFileSync(at('test.csv'), quotedCsv(examplesOfTwoKinds))
})
beforeEach(() => {
  task = {
    ...{ name: 'kind', model: at('model'), out: at(`runs/${made++}`), train: [at('train.jsonl')], dev: null, test: [at('test.csv')] },
    ...{ columns: { text: 'text', label: 'label' }, verbalizers: {}, minimum: {}, settings: { steps: 7, batchSize: 4 } },
  }
})

/** Writes a package as `task` would have it. */
async function written(name = 'kind'): Promise<void> {
  const { train } = readTask(task)
  const { verbalizers, settings } = task
  await writePromptFolder(
    task.out,
    await randomPrompt(model, { task: name }),
    at('model'),
    ingredients({ model, train, verbalizers, settings }),
  )
}
const plan = (rest: Partial<PlannedTask> = {}, force = false) => planTask({ ...task, ...rest }, { force, learning: true })
const reasons = async (...given: Parameters<typeof plan>) => (await plan(...given)).reasons

test('settings that do not go with the model stop who would learn, and nobody who looks or publishes', async () => {
  const impossible = { ...task, settings: { maxTokens: 10_000 } }
  await expect(planTask(impossible, { force: false, learning: true })).rejects.toMatchObject({ code: 'usage' })
  expect(await planTask(impossible, { force: false, learning: false })).toMatchObject({ reasons: ['no package yet'] })
})

describe('a task', () => {
  test('without a package is learned, which takes so many examples at most', async () => {
    expect(await plan()).toMatchObject({
      package: null,
      reasons: ['no package yet'],
      begun: false,
      examplesToLearn: 28,
      examplesPerStep: 4,
    })
    expect(await plan({ settings: { method: 'probe' } })).toMatchObject({ examplesToLearn: 0 })
    mkdirSync(at('runs'))
    writeFileSync(checkpointOf(task.out), '')
    expect(await plan()).toMatchObject({ begun: true })
  })

  test('with a package of what it is made from is up to date, unless it is forced', async () => {
    await written()
    expect(await plan()).toMatchObject({ reasons: [], package: { card: { task: 'kind' }, measurement: null } })
    expect(await reasons({}, true)).toEqual(['--force'])
    expect(await reasons({ minimum: { accuracy: 1 }, test: null })).toEqual([])
    expect(await reasons({ dev: [at('test.csv')], verbalizers: { fruit: 'sweet' } })).toEqual([
      'the dev data changed',
      'the settings changed',
    ])
  })

  test('with another task’s package, or a damaged one, is learned', async () => {
    await written('other')
    expect(await reasons()).toEqual(['its package cannot be used'])
    writeFileSync(join(task.out, 'prompt.json'), '{')
    expect(await reasons()).toEqual(['its package cannot be used'])
    await written()
    writeFileSync(join(task.out, 'local.json'), JSON.stringify({ model: 'm' }))
    expect(await reasons()).toEqual(['its package does not say what it was made from'])
  })

  test('that another version learned says so', async () => {
    await written()
    const path = join(task.out, 'local.json')
    const local = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...local, made: { ...local.made, softprompt: '0.0.1' } }))
    expect(await reasons()).toEqual([expect.stringMatching(/^softprompt is \d+\.\d+\.\d+ now$/)])
  })
})

describe('a task that is to be learned is refused where that could not be, and one that is up to date is not:', () => {
  test('nothing can be held out', async () => {
    writeFileSync(at('alike.jsonl'), '{"text": "A", "label": "x"}\n{"text": " a", "label": "y"}')
    await expect(plan({ train: [at('alike.jsonl')], test: null })).rejects.toThrow(/Cannot hold out a part of .*alike\.jsonl/)
  })

  test('its folder holds something else', async () => {
    mkdirSync(task.out, { recursive: true })
    writeFileSync(join(task.out, 'thesis.txt'), 'years of work')
    await expect(plan()).rejects.toThrow(/holds something else \(thesis\.txt\)/)
  })

  test('its checkpoint could not be kept', async () => {
    await written()
    mkdirSync(checkpointOf(task.out))
    expect(await reasons()).toEqual([])
    await expect(plan({}, true)).rejects.toThrow(/Cannot keep a checkpoint in /)
  })
})
