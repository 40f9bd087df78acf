import { describe, expect, test } from 'vitest'
import { maxHistory } from '../../../shared/formats/limits.ts'
import { type TaskEvent, type TaskVersion, withEvent } from '../../../shared/formats/task-pointer.ts'
import { earlierVersions } from '../../../trainer/publish/earlier-versions.ts'
import { seededRandom } from '../../../trainer/random.ts'

const version = (name: number, models: Record<string, string> = { int8: 'f'.repeat(64) }): TaskVersion => ({
  prompt: String(name).padStart(64, '0'),
  base: 'b'.repeat(64),
  models,
})
const names = (events: readonly TaskEvent[]) => earlierVersions(events).map(({ prompt }) => Number(prompt))

type Happening = Parameters<typeof withEvent>[1]
const publish = (name: number): Happening => ({ by: 'publish', version: version(name) })
const promote = (name: number): Happening => ({ by: 'promote', version: version(name) })
const rollback = (name: number): Happening => ({ by: 'rollback', version: version(name) })
const deleted: Happening = { by: 'delete' }
/** The events of a log, these from first to last; all of them, however many. */
const happened = (...events: Happening[]): TaskEvent[] => events.map((event) => withEvent(null, event).events[0] as TaskEvent).reverse()

test.each<[string, number[], Happening[]]>([
  ['none before the first', [], [publish(1)]],
  ['what was published before, the last first', [2, 1], [publish(1), publish(2), publish(3)]],
  ['not what was rolled back from', [1], [publish(1), publish(2), publish(3), rollback(2)]],
  ['nothing after as many rollbacks', [], [publish(1), publish(2), publish(3), rollback(2), rollback(1)]],
  ['what was live before a promote', [3, 2, 1], [publish(1), publish(2), publish(3), promote(1)]],
  ['what was live before a publish after a rollback', [1], [publish(1), publish(2), rollback(1), publish(3)]],
  ['what was live before a deletion', [2, 1], [publish(1), publish(2), deleted, publish(3)]],
  ['not what came back from a deletion itself', [1], [publish(1), publish(2), deleted, promote(2)]],
  ['while deleted, as if the last were live', [1], [publish(1), publish(2), deleted]],
])('a task can be rolled back to %s', (_, expected, events) => {
  expect(names(happened(...events))).toEqual(expected)
})

test('a weight format added to the live version is no version to go back to, and one that is gone back to has those that it had', () => {
  const both = version(2, { int8: 'f'.repeat(64), float32: 'e'.repeat(64) })
  const events = happened(publish(1), publish(2), { by: 'publish', version: both }, publish(3))
  expect(earlierVersions(events)).toEqual([both, version(1)])
})

describe('of a log that has forgotten its oldest events', () => {
  test('there are the same versions, as far as they are remembered', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = seededRandom(seed)
      let all: TaskEvent[] = []
      for (let i = 0; i < 150; i++) {
        const next = all[0]?.by !== 'delete' && random() < 0.4 ? earlierVersions(all)[0] : undefined
        const event: Happening = next
          ? { by: 'rollback', version: next }
          : random() < 0.1 && all.length > 0
            ? deleted
            : publish(Math.floor(random() * 8))
        all = [...happened(event), ...all]
      }
      const whole = names(all)
      for (const kept of [1, 2, 10, maxHistory]) {
        const remembered = names(all.slice(0, kept))
        expect(remembered).toEqual(whole.slice(0, remembered.length))
      }
    }
  })
})
