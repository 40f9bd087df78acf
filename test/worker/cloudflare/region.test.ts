import { expect, it } from 'vitest'
import { regionOf } from '../../../worker/cloudflare/region.ts'

it.each([
  [{ continent: 'EU', longitude: '2.35' }, 'weur'],
  [{ continent: 'EU', longitude: '30.5' }, 'eeur'],
  [{ continent: 'NA', longitude: '-122.4' }, 'wnam'],
  [{ continent: 'NA', longitude: '-74.0' }, 'enam'],
  [{ continent: 'AF' }, 'afr'],
  [{ continent: 'AN' }, null],
  [undefined, null],
])('regionOf %j is %s', (cf, region) => {
  expect(regionOf(new Request('http://worker/', { cf } as RequestInit))).toBe(region)
})
