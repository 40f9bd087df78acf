import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { trainCommand } from '../../../trainer/cli/commands/train.ts'
import { settingsOptions } from '../../../trainer/cli/settings-options.ts'
import { TrainingSettings } from '../../../trainer/train/settings.ts'
import { runInProcess } from '../../fixtures/run-in-process.ts'

/** What commander makes of arguments by the options of a schema. */
function parsed(schema: z.ZodObject, ...args: string[]): Record<string, unknown> {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  for (const option of settingsOptions(schema)) command.addOption(option)
  return command.parse(args, { from: 'user' }).opts()
}

/** What the command line says of a value of an option of train. */
async function refusal(option: string, value: string): Promise<string> {
  const { code, stderr } = await runInProcess([trainCommand], 'train', '--task', 'a', '--train', 'a.csv', option, value)
  expect(code).toBe(2)
  expect(stderr).toContain(`'${option} <`)
  return stderr
}

const fields = Object.entries(TrainingSettings.shape)
const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

describe('train --help', async () => {
  const { stdout } = await runInProcess([trainCommand], 'train', '--help')
  // an option's lines: from its flag to the next one's
  const entries = stdout.split(/\n {2}(?=-)/).map((entry) => entry.replace(/\s+/g, ' '))

  test.each(fields)('explains %s, with its default', (name, field) => {
    const entry = entries.find(
      (each) => each.startsWith(`${flagOf(name)} <`) || each.startsWith(`${flagOf(name).replace('--', '--no-')} `),
    )!
    expect(field.description?.length).toBeGreaterThan(5)
    expect(entry).toContain(field.description!.replace(/\s+/g, ' '))
    const preset = field.safeParse(undefined)
    if (preset.data === true) return // what is true is there without an option
    const isRequired = !preset.success // its default depends on the data, and stands in its description
    if (isRequired) expect(field.description).toContain('(default: ')
    else if (preset.data !== undefined) expect(entry).toContain(`(default: ${preset.data})`)
    const hasDefault = preset.data !== undefined || field.description?.includes('(default: ')
    expect(entry.match(/\(default: /g)?.length ?? 0).toBe(hasDefault ? 1 : 0)
  })

  test('lists the choices of every setting that has some', () => {
    for (const [name, field] of fields) {
      const { enum: choices } = z.toJSONSchema(field, { io: 'input' })
      if (choices === undefined) continue
      const entry = entries.find((each) => each.startsWith(`${flagOf(name)} <`))!
      expect(entry).toContain(`(choices: ${choices.map((choice) => JSON.stringify(choice)).join(', ')})`)
    }
  })
})

describe('a value beyond its bounds is refused with them', () => {
  test.each([
    ['--learning-rate', '0', 'It must be a number of more than 0.'],
    ['--learning-rate', '-0.1', 'It must be a number of more than 0.'],
    ['--learning-rate', 'fast', 'It must be a number of more than 0.'],
    ['--learning-rate', '', 'It must be a number of more than 0.'],
    ['--learning-rate', 'Infinity', 'It must be a number of more than 0.'],
    ['--virtual-tokens', '513', 'It must be a whole number of at least 1 and at most 512.'],
    ['--virtual-tokens', '0', 'It must be a whole number of at least 1 and at most 512.'],
    ['--virtual-tokens', '1.5', 'It must be a whole number of at least 1 and at most 512.'],
    ['--warmup', '1.01', 'It must be a number of at least 0 and at most 1.'],
    ['--weight-decay', '-1', 'It must be a number of at least 0.'],
    ['--seed', '-1', 'It must be a whole number of at least 0 and at most 2147483648.'],
    ['--steps', '0', 'It must be a whole number of at least 1 and at most 2147483648.'],
    ['--method', 'magic', 'Allowed choices are prefix, probe, prompt.'],
    ['--head', 'loose', 'Allowed choices are learned, fixed.'],
    ['--schedule', 'Linear', 'Allowed choices are constant, cosine, linear.'],
    ['--template', 'no place', 'It must hold {text} exactly once.'],
    ['--template', '{text}{text}', 'It must hold {text} exactly once.'],
  ])('%s %s', async (option, value, message) => {
    expect(await refusal(option, value)).toContain(message)
  })
})

test('what is given comes in the schema’s names and types, and what is left out is left to the schema', () => {
  expect(parsed(TrainingSettings)).toEqual({ probe: true })
  expect(parsed(TrainingSettings, '--no-probe')).toEqual({ probe: false })
  const given = parsed(
    TrainingSettings,
    ...['--virtual-tokens', '512', '--learning-rate', '1e-3', '--warmup', '0', '--method', 'prompt', '--init-text', 'good or bad'],
  )
  expect(given).toEqual({ virtualTokens: 512, learningRate: 0.001, warmup: 0, method: 'prompt', initText: 'good or bad', probe: true })
})

test('weights of labels are pairs or a JSON object, in which a label may have any name', () => {
  const weights = (text: string) => parsed(TrainingSettings, '--class-weights', text).classWeights
  expect(weights('balanced')).toBe('balanced')
  expect(weights('a=2,b=0.5')).toEqual({ a: 2, b: 0.5 })
  expect(weights(' {"a=b, c": 2, "{": 0.5}')).toEqual({ 'a=b, c': 2, '{': 0.5 })
  for (const bad of ['{"a": 0}', '{"a": null}', '{"a": "2"}', '{a}']) expect(() => weights(bad), bad).toThrow(/'--class-weights <text>'/)
})

test('a bound that a schema does not have is not spoken of', () => {
  const schema = z.object({ size: z.number().describe('any'), atMost: z.number().max(3).describe('up to three') })
  expect(parsed(schema, '--size', '-1e9', '--at-most', '3')).toEqual({ size: -1e9, atMost: 3 })
  expect(() => parsed(schema, '--size', 'x')).toThrow(/It must be a number\.$/)
  expect(() => parsed(schema, '--at-most', '3.1')).toThrow(/It must be a number of at most 3\.$/)
})
