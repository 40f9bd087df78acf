import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LiveRegion } from '../../../trainer/cli/live-region.ts'
import { asStream, Screen } from '../../fixtures/screen.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const numbered = (count: number, text = 'line') => Array.from({ length: count }, (_, i) => `${text} ${i + 1}`)

function opened(columns = 80, rows = 24) {
  const screen = new Screen(columns, rows)
  return { screen, region: new LiveRegion(asStream(screen)) }
}

test('lines are drawn in the place of those before, and below what stays', async () => {
  const { screen, region } = opened()
  region.write('first')
  region.show(() => ['a', 'b'])
  vi.advanceTimersByTime(100)
  region.show(() => ['c'])
  region.write('second')
  expect(await screen.lines()).toEqual(['first', 'second', 'c'])
  region.clear()
  region.write('third')
  expect(await screen.lines()).toEqual(['first', 'second', 'third'])
  expect(await screen.cursor()).toEqual({ x: 0, y: 3 })
})

test('they are drawn at most ten times a second, the last of them always', async () => {
  const { screen, region } = opened()
  for (let i = 0; i < 1000; i++) {
    region.show(() => [`line ${i}`])
    vi.advanceTimersByTime(1)
  }
  expect(screen.writes).toBeLessThanOrEqual(11)
  vi.advanceTimersByTime(100)
  expect(await screen.lines()).toEqual(['line 999'])
})

test('they never take more rows than there are, however much scrolls by', async () => {
  const { screen, region } = opened(40, 10)
  region.show(({ rows }) => numbered(rows + 5))
  for (const line of numbered(30, 'note')) region.write(line)
  expect(await screen.lines()).toEqual(numbered(9))
  region.clear()
  expect(await screen.history()).toEqual(numbered(30, 'note'))
})

test('a line never wraps, in whatever script it is', async () => {
  const { screen, region } = opened(40, 10)
  region.show(() => ['x'.repeat(200), '語'.repeat(200), '👩‍👩‍👧'.repeat(200)])
  const [first, second, third, ...rest] = await screen.lines()
  expect([first, second, rest]).toEqual(['x'.repeat(39), '語'.repeat(19), []])
  expect(third).toMatch(/^(👩‍👩‍👧)+$/u)
})

test.each([
  [40, 10],
  [30, 12],
  [200, 50],
  [80, 4],
])('after the window has become %i by %i nothing is left of what was drawn before', async (columns, rows) => {
  const { screen, region } = opened()
  region.write('note')
  region.show(() => numbered(3, 'x'.repeat(70)))
  await screen.lines()
  await screen.resize(columns, rows)
  expect((await screen.lines()).slice(-3)).toEqual(numbered(3, 'x'.repeat(70)).map((line) => line.slice(0, columns - 1)))
  region.clear()
  expect(await screen.history()).toEqual(['note'])
})

test('in a window that has become too small for them only they are seen', async () => {
  const { screen, region } = opened()
  region.show(({ rows }) => numbered(Math.min(rows, 20), 'x'.repeat(70)))
  await screen.lines()
  await screen.resize(20, 6)
  expect(await screen.lines()).toEqual(Array(5).fill('x'.repeat(19)))
})

test('no listener and no timer is left behind', async () => {
  const { screen, region } = opened()
  for (let i = 0; i < 3; i++) region.show(() => [])
  expect(screen.listenerCount('resize')).toBe(1)
  region.clear()
  expect(screen.listenerCount('resize')).toBe(0)
  await screen.lines() // the terminal has a timer of its own
  expect(vi.getTimerCount()).toBe(0)
})

test('a process that is gone at any moment leaves whole lines behind, the cursor in sight and below them', async () => {
  const { screen, region } = opened(40, 10)
  for (let i = 0; i < 20; i++) {
    region.show(() => numbered(3, `${i}`))
    if (i % 3 === 0) region.write(`note ${i}`)
    vi.advanceTimersByTime(100)
    const lines = await screen.lines()
    expect(lines.slice(-3)).toEqual(numbered(3, `${i}`))
    expect(await screen.cursor()).toEqual({ x: 0, y: lines.length })
  }
  expect(screen.written).not.toContain('\x1b[?25')
})

test('a terminal that knows no size, or has a single row, is written to', async () => {
  const { screen, region } = opened(80, 1)
  region.show(() => ['a'])
  region.write('note')
  expect((await screen.history()).at(-1)).toBe('note')
  const sizes: unknown[] = []
  const unknown = Object.assign(new Screen(), { columns: 0, rows: undefined })
  new LiveRegion(asStream(unknown)).show((size) => [String(sizes.push(size))])
  expect(sizes).toEqual([{ columns: 79, rows: 23 }])
})
