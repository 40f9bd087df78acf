import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Session } from '../../../shared/engine/session.ts'
import { oneAtATime } from '../../../trainer/autodiff/one-at-a-time.ts'

/** A door whose sessions say when they begin and end a run, and fail where they are asked for `bad`. */
function door() {
  const said: string[] = []
  const open = oneAtATime(async (graph): Promise<Session> => {
    const name = new TextDecoder().decode(graph as Uint8Array)
    return {
      inputs: [name],
      async run(_, [wanted]) {
        said.push(`${name} begins ${wanted}`)
        await pause(1)
        said.push(`${name} ends ${wanted}`)
        if (wanted === 'bad') throw new Error('it cannot')
        return {}
      },
      release: async () => void said.push(`${name} is gone`),
    }
  })
  return { said, open: (name: string) => open(new TextEncoder().encode(name), { directory: '.' }) }
}

test('sessions of one door take turns, in the order in which they are asked, and one that fails lets the next one run', async () => {
  const { said, open } = door()
  const [a, b] = [await open('a'), await open('b')]
  const runs = await Promise.allSettled([a.run({}, ['1']), b.run({}, ['bad']), a.run({}, ['2']), b.run({}, ['3'])])
  expect(runs.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(said).toEqual(['a 1', 'b bad', 'a 2', 'b 3'].flatMap((run) => [run.replace(' ', ' begins '), run.replace(' ', ' ends ')]))
  await a.release()
  expect(said.at(-1)).toBe('a is gone')
  expect([a.inputs, a.ended]).toEqual([['a'], false])
})

test('sessions of another door do not wait for them', async () => {
  const [one, other] = [door(), door()]
  const [a, b] = [await one.open('a'), await other.open('b')]
  const slow = a.run({}, ['1'])
  await b.run({}, ['1'])
  expect(other.said).toHaveLength(2)
  await slow
})
