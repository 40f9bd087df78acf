import { expect, test } from 'vitest'
import { run, type Terminal } from '../../../trainer/cli/command.ts'

/** How many listeners for Ctrl-C there are while `action` is at work, and after. */
async function listeners(action: (terminal: Terminal) => unknown): Promise<[number, number]> {
  const before = process.listenerCount('SIGINT')
  let during = Number.NaN
  await run(true, async (terminal) => {
    action(terminal)
    during = process.listenerCount('SIGINT') - before
    return { json: {}, text: '' }
  })
  return [during, process.listenerCount('SIGINT') - before]
}

test('a command that does not look at Ctrl-C is ended by it', async () => {
  expect(await listeners(({ log }) => log)).toEqual([0, 0])
})

test('a command that does is asked to stop', async () => {
  expect(await listeners(({ signal }) => signal)).toEqual([1, 0])
  expect(await listeners((terminal) => [terminal.signal, terminal.signal])).toEqual([1, 0])
})
