import { expect, it } from 'vitest'
import { ByteCache } from '../../../worker/host/byte-cache.ts'

const value = (name: string, bytes: number) => ({ name, bytes })

it('drops the least recently used until the newcomer fits', () => {
  const dropped: string[] = []
  const cache = new ByteCache<{ name: string; bytes: number }>(100, ({ name }) => dropped.push(name))
  for (const name of ['a', 'b', 'c']) cache.set(name, value(name, 30))
  cache.get('a')
  cache.set('d', value('d', 50)) // 140: b and c go, a was used since
  expect(dropped).toEqual(['b', 'c'])
  expect([cache.get('a')?.name, cache.get('b'), cache.get('d')?.name]).toEqual(['a', undefined, 'd'])
  expect([cache.size, cache.bytes]).toEqual([2, 80])
})

it('takes a new value in place of the old one of its key', () => {
  const dropped: string[] = []
  const cache = new ByteCache<{ name: string; bytes: number }>(100, ({ name }) => dropped.push(name))
  cache.set('key', value('old', 60))
  cache.set('key', value('new', 70))
  expect([cache.get('key')?.name, cache.size, cache.bytes, dropped]).toEqual(['new', 1, 70, ['old']])
})

it('does not keep what is larger than all the room, and drops nothing for it', () => {
  const dropped: string[] = []
  const cache = new ByteCache<{ name: string; bytes: number }>(100, ({ name }) => dropped.push(name))
  cache.set('small', value('small', 100))
  cache.set('large', value('large', 101))
  expect([cache.get('small')?.name, cache.get('large'), dropped]).toEqual(['small', undefined, ['large']])
})

it('makes room ahead of time', () => {
  const cache = new ByteCache<{ bytes: number }>(100)
  cache.set('a', { bytes: 40 })
  cache.set('b', { bytes: 40 })
  cache.makeRoom(60)
  expect([cache.get('a'), cache.get('b')?.bytes, cache.bytes]).toEqual([undefined, 40, 40])
  cache.makeRoom(1000)
  expect([cache.size, cache.bytes]).toEqual([0, 0])
})
