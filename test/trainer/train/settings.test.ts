import { describe, expect, test } from 'vitest'
import { PromptCard } from '../../../shared/formats/prompt-card.ts'
import { namesOf } from '../../../shared/names-of.ts'
import { llama } from '../../../trainer/import/architectures/llama.ts'
import * as initializers from '../../../trainer/train/initializers/table.ts'
import * as methods from '../../../trainer/train/methods/table.ts'
import * as objectives from '../../../trainer/train/objectives/table.ts'
import * as optimizers from '../../../trainer/train/optimizers/table.ts'
import * as schedules from '../../../trainer/train/schedules/table.ts'
import { defaultsWith, type GivenSettings, settingsFor, TrainingSettings } from '../../../trainer/train/settings.ts'

describe('settings for so many examples', () => {
  test('go ten times through a small data set, and 600 steps at most', () => {
    expect(settingsFor({}, 40, llama.defaults).steps).toBe(25)
    expect(settingsFor({}, 41, llama.defaults).steps).toBe(26)
    expect(settingsFor({ batchSize: 4 }, 40, llama.defaults).steps).toBe(100)
    expect(settingsFor({}, 1, llama.defaults).steps).toBe(1)
    expect(settingsFor({}, 960, llama.defaults).steps).toBe(600)
    expect(settingsFor({}, 1_000_000, llama.defaults).steps).toBe(600)
  })

  test('evaluate every sixth of the steps, and every hundred at least', () => {
    expect(settingsFor({ steps: 600 }, 1, llama.defaults).evaluateEvery).toBe(100)
    expect(settingsFor({ steps: 6000 }, 1, llama.defaults).evaluateEvery).toBe(100)
    expect(settingsFor({ steps: 25 }, 1, llama.defaults).evaluateEvery).toBe(5)
    expect(settingsFor({ steps: 1 }, 1, llama.defaults).evaluateEvery).toBe(1)
  })

  test('keep what is given, and take what is given as undefined for not given', () => {
    expect(settingsFor({ steps: 7, evaluateEvery: 3, learningRate: 0.5, method: 'prompt' }, 1000, llama.defaults)).toEqual({
      ...settingsFor({}, 1000, llama.defaults),
      ...{ steps: 7, evaluateEvery: 3, learningRate: 0.5, method: 'prompt' },
    })
    const nothing = { steps: undefined, evaluateEvery: undefined, batchSize: undefined, method: undefined, initText: undefined }
    expect(settingsFor(nothing, 40, llama.defaults)).toEqual(settingsFor({}, 40, llama.defaults))
  })

  test('have the defaults, which a card holds', () => {
    const settings = settingsFor({}, 100, llama.defaults)
    expect(settings).toMatchObject({ method: 'prefix', objective: 'classification', init: 'labels', optimizer: 'adamw', seed: 0 })
    expect(PromptCard.shape.settings.safeParse(settings).success).toBe(true)
    const { steps: _, evaluateEvery: __, ...rest } = settings
    for (const name of Object.keys(llama.defaults)) delete (rest as Record<string, unknown>)[name]
    expect(defaultsWith({})).toEqual(rest)
    expect(defaultsWith({ seed: 3 })).toEqual({ ...rest, seed: 3 })
  })
})

describe('the schema', () => {
  test('takes every entry of every table', () => {
    const tables = { method: methods, init: initializers, objective: objectives, optimizer: optimizers, schedule: schedules }
    for (const [field, table] of Object.entries(tables))
      for (const name of namesOf(table))
        expect(settingsFor({ [field]: name } as GivenSettings, 10, llama.defaults)).toMatchObject({ [field]: name })
  })

  test('tells of every field: it is the help of the command line', () => {
    for (const [name, field] of Object.entries(TrainingSettings.shape)) expect(field.description, name).toMatch(/\w/)
    for (const name of namesOf(methods)) expect(TrainingSettings.shape.method.description).toContain(methods[name].about)
  })

  test.each<[keyof TrainingSettings, unknown[]]>([
    ['method', ['magic', 'constructor', '', null, 1]],
    ['objective', ['none']],
    ['init', ['nothing']],
    ['headInit', ['ones', '']],
    ['probe', ['yes', 1, null]],
    ['optimizer', ['sgd2']],
    ['schedule', ['never']],
    ['head', ['free']],
    ['template', ['no place', '{text} twice {text}', `${'x'.repeat(5000)}{text}`]],
    ['virtualTokens', [0, -1, 1.5, 513, '20', Number.NaN]],
    ['maxTokens', [0, 2.5, 2 ** 20 + 1]],
    ['learningRate', [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '0.1']],
    ['headLearningRate', [0, -1, Number.NaN]],
    ['weightDecay', [-0.1, Number.POSITIVE_INFINITY]],
    ['warmup', [-0.1, 1.1, Number.NaN]],
    ['labelSmoothing', [-0.1, 1.1]],
    ['zLoss', [-1, Number.NaN]],
    ['steps', [0, -5, 1.5, Number.POSITIVE_INFINITY, 2 ** 31 + 1]],
    ['evaluateEvery', [0, 1.5]],
    ['patience', [0, 1.5]],
    ['minLoss', [-0.1, Number.NaN, Number.POSITIVE_INFINITY, '0.1']],
    ['batchSize', [0, 1025, 1.5]],
    ['seed', [-1, 1.5, 2 ** 32]],
  ])('refuses nonsense for %s', (field, values) => {
    for (const value of values)
      expect(() => settingsFor({ [field]: value } as GivenSettings, 10, llama.defaults), String(value)).toThrow(field)
  })

  test('takes what stands at its bounds', () => {
    const bounds: GivenSettings[] = [
      { virtualTokens: 1, maxTokens: 1, warmup: 0, labelSmoothing: 0, minLoss: 0, steps: 1, batchSize: 1, seed: 0 },
      { virtualTokens: 512, maxTokens: 2 ** 20, warmup: 1, labelSmoothing: 1, steps: 2 ** 31, batchSize: 1024, seed: 2 ** 31 },
    ]
    for (const given of bounds) expect(settingsFor(given, 10, llama.defaults)).toMatchObject(given)
  })

  test('takes rows no longer than a card can say', () => {
    const longest = settingsFor({ maxTokens: 2 ** 20 }, 10, llama.defaults).maxTokens
    expect(PromptCard.shape.maxTokens.safeParse(longest).success).toBe(true)
  })
})

test('fixed label rows begin at the words, where nothing else is said', () => {
  const zeros = { ...llama.defaults, headInit: 'zeros' } as const
  expect(settingsFor({}, 40, zeros).headInit).toBe('zeros')
  expect(settingsFor({ head: 'fixed' }, 40, zeros).headInit).toBe('words')
  expect(settingsFor({ head: 'fixed', headInit: 'probe' }, 40, zeros).headInit).toBe('probe')
})
