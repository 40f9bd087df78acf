import { expect, test } from 'vitest'
import { servedAddress } from '../../../trainer/evaluate/served-address.ts'

test.each([
  ['https://host/v1/tasks/routing', 'https://host', 'routing'],
  ['https://host/v1/tasks/routing/classify', 'https://host', 'routing'],
  ['http://127.0.0.1:8787/under/v1/tasks/a%40b/', 'http://127.0.0.1:8787/under', 'a@b'],
  ['https://host/v1/tasks', 'https://host', null],
  ['https://host', 'https://host', null],
  ['https://host/under/', 'https://host/under/', null],
])('%s means a service and a task', (address, url, task) => {
  expect(servedAddress(address)).toEqual({ url, task })
})

test.each(['host/v1/tasks/a', 'ftp://host/v1/tasks/a', '', 'https://host/v1/tasks/%E0%A4%A'])('%j is refused', (address) => {
  expect(() => servedAddress(address)).toThrow(expect.objectContaining({ code: 'usage' }))
})
