import { describe, expect, test } from 'vitest'
import { cardText } from '../../../shared/formats/card.ts'
import { maxBytes, maxHistory, maxWeightFormats } from '../../../shared/formats/limits.ts'
import {
  loggedVersions,
  parseLog,
  pointerOf,
  samePrompt,
  sameVersion,
  type TaskLog,
  type TaskVersion,
  versionsOf,
  withEvent,
} from '../../../shared/formats/task-pointer.ts'

const version = (digit: string, models: Record<string, string> = { int8: '1'.repeat(64) }): TaskVersion => ({
  prompt: digit.repeat(64),
  base: 'b'.repeat(64),
  models,
})
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
/** A log of these events, the first of them first. */
const happened = (...events: Parameters<typeof withEvent>[1][]) => events.reduce(withEvent, null as TaskLog | null) as TaskLog
const published = (digit: string) => ({ by: 'publish', version: version(digit) }) as const

describe('where a task points', () => {
  test('follows from what happened last; what else went live is its history, each prompt once', () => {
    const log = happened(published('a'), published('b'), published('c'), { by: 'rollback', version: version('b') })
    expect(log.events.map(({ by }) => by)).toEqual(['rollback', 'publish', 'publish', 'publish'])
    expect(parseLog(bytes(log), 'spam')).toEqual(log)
    const pointer = pointerOf(log)!
    expect(pointer).toEqual({ live: version('b'), history: [version('c'), version('a')], updated: log.events[0]!.when })
    expect(versionsOf(pointer)).toEqual(loggedVersions(log.events))
    expect(Math.abs(Date.now() - Date.parse(pointer.updated))).toBeLessThan(60_000)
  })

  test('is nowhere after a deletion, which forgets nothing, and somewhere again after a publish', () => {
    const log = happened(published('a'), published('b'), { by: 'delete' })
    expect(pointerOf(log)).toBeNull()
    expect(loggedVersions(log.events)).toEqual([version('b'), version('a')])
    expect(pointerOf(withEvent(log, published('c')))).toMatchObject({ live: version('c'), history: [version('b'), version('a')] })
  })

  test('is the version with the packages that it had last', () => {
    const both = version('a', { int8: '1'.repeat(64), float32: '2'.repeat(64) })
    const log = happened(published('a'), { by: 'publish', version: both })
    expect(pointerOf(log)).toMatchObject({ live: both, history: [] })
  })
})

describe('a log is bounded', () => {
  test('to the newest events, of which the first is what is live', () => {
    const log = happened(...Array.from({ length: maxHistory + 6 }, (_, i) => published((i % 10).toString())))
    expect(log.events).toHaveLength(maxHistory)
    expect(pointerOf(log)?.live).toEqual(version('9'))
    expect(pointerOf(withEvent(log, { by: 'delete' }))).toBeNull()
  })

  test('so that the largest that is taken fits what is read of one', () => {
    const names = Array.from({ length: maxWeightFormats }, (_, i) => `f${String(i).padStart(63, '0')}`)
    const largest = version('a', Object.fromEntries(names.map((name) => [name, '1'.repeat(64)])))
    const log = happened(...Array.from({ length: maxHistory }, () => ({ by: 'rollback', version: largest }) as const))
    expect(parseLog(new TextEncoder().encode(cardText(log)), 'spam')).toEqual(log)
    expect(cardText(log).length).toBeLessThan(maxBytes.pointer)
  })
})

describe('an object is refused, with the field and the way out,', () => {
  const log = happened(published('a'))
  const [event] = log.events
  const models = (names: string[]) => Object.fromEntries(names.map((name) => [name, '1'.repeat(64)]))
  const many = models(Array.from({ length: maxWeightFormats + 1 }, (_, i) => `f${i}`))
  test.each<[string, unknown, RegExp]>([
    [
      'that is of version 1',
      { live: { prompt: '0'.repeat(64), model: '1'.repeat(64) }, previous: [], updated: '' },
      /as in version 1, and version 3 is read here/,
    ],
    [
      'of version 2',
      { format: 'softprompt-task', version: 2, live: version('a'), history: [], updated: '' },
      /field version is wrong: it is 2, and version 3 is read here/,
    ],
    ['of a version to come', { ...log, version: 4 }, /it is 4, and version 3 is read here/],
    ['in which nothing happened', { ...log, events: [] }, /field events/],
    ['with more events than are kept', { ...log, events: Array(maxHistory + 1).fill(event) }, /field events/],
    ['with a command that is none', { ...log, events: [{ ...event, by: 'steal' }] }, /field events\.0\.by/],
    ['with a publish of nothing', { ...log, events: [{ when: event!.when, by: 'publish' }] }, /field events\.0\.version/],
    ['with a path for a hash', { ...log, events: [{ ...event, version: version('../../models/') }] }, /field events\.0\.version\.prompt/],
    [
      'with a base that is none',
      { ...log, events: [{ ...event, version: { ...version('a'), base: '' } }] },
      /field events\.0\.version\.base/,
    ],
    ['on no model', { ...log, events: [{ ...event, version: version('a', {}) }] }, /must name a model package/],
    [
      'on a weight format that is no name',
      { ...log, events: [{ ...event, version: version('a', models(['a b'])) }] },
      /field events\.0\.version\.models/,
    ],
    [
      'on more weight formats than there may be',
      { ...log, events: [{ ...event, version: version('a', many) }] },
      /at most 8 model packages/,
    ],
    [
      'with a time that is none',
      { ...log, events: [{ ...event, when: 'yesterday\u001b[2J' }] },
      /field events\.0\.when is wrong: must be an ISO 8601 time in UTC/,
    ],
    [
      'with a time that goes on and on',
      { ...log, events: [{ ...event, when: `2026-01-01T00:00:00.${'0'.repeat(99)}Z` }] },
      /field events\.0\.when/,
    ],
    ['that is something else', [], /expected object, received array/],
  ])('%s', (_, value, message) => {
    const parsing = () => parseLog(bytes(value), 'spam')
    expect(parsing).toThrow(expect.objectContaining({ code: 'invalid_file', message: expect.stringMatching(message) }))
    expect(parsing).toThrow(/^Cannot read tasks\/spam\.json: .*\. Delete the task \(softprompt delete spam\) and publish it again\.$/)
  })
})

test('versions are the same where prompt, base and packages are, in any order', () => {
  const both = { int8: '1'.repeat(64), float32: '2'.repeat(64) }
  expect(sameVersion(version('0', both), version('0', { float32: both.float32, int8: both.int8 }))).toBe(true)
  expect(sameVersion(version('0'), version('1'))).toBe(false)
  expect(sameVersion(version('0'), version('0', both))).toBe(false)
  expect(sameVersion(version('0'), { ...version('0'), base: 'c'.repeat(64) })).toBe(false)
  expect(samePrompt(version('0'), version('0', both))).toBe(true)
})
