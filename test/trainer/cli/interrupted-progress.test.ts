import { expect, test } from 'vitest'
import { hasTerminal, runInTerminal } from '../../fixtures/in-terminal.ts'
import { Screen } from '../../fixtures/screen.ts'

const script = new URL('../../fixtures/learn-until-stopped.ts', import.meta.url)
const underWay = /routing .*spam .*routing .*spam /s // drawn at least twice

/** What a person sees after a Ctrl-C while tasks learn, and what the program wrote. */
async function interrupted(...args: string[]) {
  const { code, screen: written } = await runInTerminal(script, args, underWay, '\x03')
  const screen = new Screen()
  screen.write(written)
  return { code, written, lines: await screen.lines(), cursor: await screen.cursor() }
}

test.skipIf(!hasTerminal)('Ctrl-C while tasks learn leaves no progress, and one word of what became of all', async () => {
  const { code, written, lines, cursor } = await interrupted()
  expect(lines).toEqual(['Stopping. Ctrl-C again ends at once.', 'softprompt: Interrupted.'])
  expect(cursor).toEqual({ x: 0, y: 2 })
  expect(written).not.toContain('\x1b[?25')
  expect(code).toBe(130)
})

test.skipIf(!hasTerminal)('where nothing heeds it, the last lines drawn stay whole, and the cursor is in sight below them', async () => {
  const { code, written, lines, cursor } = await interrupted('--heedless')
  const whole = /^(routing|spam {3}) {2}[━╌]+ {2}loss 0\.700 {2}dev – {15,17}100 ex\/s {3}1:05 left$/
  expect(lines.slice(0, 2)).toEqual([expect.stringMatching(whole), expect.stringMatching(whole)])
  expect(cursor.y).toBe(2)
  expect(written).not.toContain('\x1b[?25')
  expect(code).not.toBe(0)
})
