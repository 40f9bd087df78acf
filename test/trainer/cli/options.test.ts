import { Command, InvalidArgumentError } from 'commander'
import { describe, expect, test } from 'vitest'
import { choice, count, labelPairs, number, taskArgument, templateArgument, threadCount } from '../../../trainer/cli/options.ts'

/** Why commander would say that `parse` refuses a text. */
function refusal(parse: (text: string) => unknown, text: string): string {
  try {
    parse(text)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidArgumentError) // any other is no wrong use to commander
    return (error as Error).message
  }
  throw new Error(`${text} is taken`)
}

describe('a number', () => {
  test.each([
    ['0', 0],
    ['-1.5', -1.5],
    ['1e-3', 0.001],
    [' 7 ', 7],
  ])('%j is %d', (text, value) => {
    expect(number()(text)).toBe(value)
  })

  test.each(['', ' ', 'x', '1,5', '1 2', '5%', 'NaN', 'Infinity', '-Infinity', '1e999'])('%j is none', (text) => {
    expect(refusal(number(), text)).toBe('It must be a number.')
  })

  test('is taken at its bounds and refused beyond them', () => {
    const between = number({ min: -1, max: 2 })
    expect([between('-1'), between('2')]).toEqual([-1, 2])
    for (const text of ['-1.01', '2.01']) expect(refusal(between, text)).toBe('It must be a number of at least -1 and at most 2.')
    const above = number({ above: 0, max: 1 })
    expect(above('1e-9')).toBe(1e-9)
    for (const text of ['0', '-0', '1.1']) expect(refusal(above, text)).toBe('It must be a number of more than 0 and at most 1.')
  })

  test('is whole where that is asked for', () => {
    const whole = number({ whole: true })
    expect(whole('3.0')).toBe(3)
    expect(refusal(whole, '3.5')).toBe('It must be a whole number.')
  })
})

test('a count is a whole number from 1 on, and so is one of threads, up to 256', () => {
  expect([count('1'), count('2147483648'), threadCount('1'), threadCount('256')]).toEqual([1, 2 ** 31, 1, 256])
  for (const text of ['0', '1.5', '2147483649'])
    expect(refusal(count, text)).toBe('It must be a whole number of at least 1 and at most 2147483648.')
  for (const text of ['0', '1.5', '257'])
    expect(refusal(threadCount, text)).toBe('It must be a whole number of at least 1 and at most 256.')
})

test('a task’s name and a template are taken as they are, or refused with the reason', () => {
  expect(taskArgument('support-routing')).toBe('support-routing')
  for (const text of ['', 'a/b', '../a', 'a b', 'x'.repeat(300)]) expect(refusal(taskArgument, text)).toMatch(/^A task's name must .*\.$/)
  expect(templateArgument(' {text} It was ')).toBe(' {text} It was ')
  for (const text of ['', 'It was', '{text} {text}'])
    expect(refusal(templateArgument, text)).toBe('A template must hold {text} exactly once.')
  expect(refusal(templateArgument, `{text}${'x'.repeat(4096)}`)).toBe('A template must have at most 4096 characters.')
})

test('a choice is one of its values, and what is preset where it is left out', () => {
  const chosen = (preset: string | undefined, ...args: string[]) =>
    new Command()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .addOption(choice('--weights <format>', 'how', ['int8', 'float32'], preset))
      .parse(args, { from: 'user' })
      .opts()
  expect(chosen('int8')).toEqual({ weights: 'int8' })
  expect(chosen(undefined)).toEqual({})
  expect(chosen('int8', '--weights', 'float32')).toEqual({ weights: 'float32' })
  expect(() => chosen('int8', '--weights', 'int4')).toThrow(/Allowed choices are int8, float32/)
})

describe('verbalizers', () => {
  test.each<[string, [label: string, word: string][]]>([
    ['a=b', [['a', 'b']]],
    [
      ' good = very good ,bad= poor',
      [
        ['good', 'very good'],
        ['bad', 'poor'],
      ],
    ],
    ['a=b=c', [['a', 'b=c']]],
    ['{"a, b": " with = and , "}', [['a, b', 'with = and ,']]],
    ['  {"a": "b"}', [['a', 'b']]],
    ['__proto__=b', [['__proto__', 'b']]],
    ['{"__proto__": "b"}', [['__proto__', 'b']]],
  ])('%j are %j', (text, words) => {
    expect(Object.entries(labelPairs(text))).toEqual(words)
  })

  test.each(['', 'a', 'a=', '=b', ' = ', 'a=b,', 'a=b,,c=d', '{"a": ""}', '{" ": "b"}', '{"a": 1}', '{"a": null}', '{"a": ["b"]}'])(
    'are not %j',
    (text) => {
      expect(refusal(labelPairs, text)).toBe('Give label=word,label=word or a JSON object of strings.')
    },
  )

  test.each(['{', '{a: "b"}', '{"a": "b"'])('begin like JSON and are none: %j', (text) => {
    expect(refusal(labelPairs, text)).toMatch(/JSON object/)
  })

  test('name no label twice', () => {
    expect(refusal(labelPairs, 'a=b,c=d, a =e')).toBe('It has label "a" twice: give each label one word.')
  })
})
