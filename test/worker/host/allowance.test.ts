import { expect, it } from 'vitest'
import { Allowance } from '../../../worker/host/allowance.ts'

/** Holds `amount` until `end` is called. */
function holding(allowance: Allowance, amount: number) {
  let end = () => {}
  const work = new Promise<void>((resolve) => {
    end = resolve
  })
  return { end, held: allowance.hold(amount, () => work) }
}

it('holds an amount as long as its work takes, and gives its value', async () => {
  const allowance = new Allowance(10, 'texts', () => 7)
  const [first, second] = [holding(allowance, 4), holding(allowance, 3)]
  expect(allowance.held).toBe(7)
  first.end()
  await first.held
  expect(allowance.held).toBe(3)
  second.end()
  await second.held
  expect(allowance.held).toBe(0)
  expect(await allowance.hold(10, async () => `${allowance.held} held`)).toBe('10 held')
})

it('gives all up to one where nothing waits, and not more', async () => {
  const allowance = new Allowance(10, 'texts', () => 7)
  await expect(allowance.hold(11, async () => 'done')).rejects.toMatchObject({ code: 'overloaded' })
  expect(await allowance.hold(10, async () => 'done')).toBe('done')
})

it('leaves, where some waits, as much again as it gives: what would not is refused, and its work never begins', async () => {
  const allowance = new Allowance(10, 'texts', () => 7)
  const { end, held } = holding(allowance, 4)
  let begun = 0
  const begin = async () => ++begun
  await expect(allowance.hold(4, begin)).rejects.toMatchObject({
    code: 'overloaded',
    retryAfter: 7,
    message: expect.stringMatching(/^Cannot take 4 more texts: 4 of at most 10 are waiting,.* Try again/),
  })
  expect([begun, allowance.held]).toEqual([0, 4])
  expect(await allowance.hold(3, begin)).toBe(1)
  end()
  await held
})

it('has back what failed', async () => {
  const allowance = new Allowance(10, 'tokens', () => 7)
  const failing = allowance.hold(10, async () => {
    throw new Error('broken')
  })
  await expect(failing).rejects.toThrow('broken')
  expect(allowance.held).toBe(0)
})
