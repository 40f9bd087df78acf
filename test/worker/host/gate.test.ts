import { expect, it } from 'vitest'
import { Gate } from '../../../worker/host/gate.ts'

/** A gate, what has begun behind it, and how each piece of that is ended. */
function watched(max: number) {
  const gate = new Gate(max)
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const pass = (name: string) =>
    gate.pass(() => {
      begun.push(name)
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)))
    })
  return { begun, pass, end: (name: string) => ends.get(name)?.() }
}

it('lets so many run at a time; the others wait, oldest first', async () => {
  const { begun, pass, end } = watched(2)
  const [a, b, c, d] = [pass('a'), pass('b'), pass('c'), pass('d')]
  expect(begun).toEqual(['a', 'b'])
  end('b')
  expect(await b).toBe('b')
  expect(begun).toEqual(['a', 'b', 'c'])
  end('a')
  expect(await a).toBe('a')
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
  for (const name of ['c', 'd']) end(name)
  expect(await Promise.all([c, d])).toEqual(['c', 'd'])
})

it('gives the place of what ended to who waits, not to who comes at that moment', async () => {
  const gate = new Gate(1)
  let running = 0
  const alone = async () => {
    expect(++running).toBe(1)
    await Promise.resolve()
    running--
  }
  let end = () => {}
  const first = new Promise<void>((resolve) => {
    end = resolve
  })
  const passes = [gate.pass(() => first), gate.pass(alone)]
  const newcomer = first.then(() => gate.pass(alone)) // behind the gate's own look at `first`, and before the second has begun
  end()
  await Promise.all([...passes, newcomer])
})

it('is passed by the next where work fails', async () => {
  const gate = new Gate(1)
  const failing = () =>
    gate.pass(async () => {
      throw new Error('broken')
    })
  expect((await Promise.allSettled([failing(), failing()])).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await gate.pass(async () => 'passed')).toBe('passed')
})
