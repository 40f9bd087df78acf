import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { type BucketFlags, withBucketOptions } from '../../../trainer/cli/bucket-options.ts'

/** What commander makes of arguments. */
function flags(...args: string[]): BucketFlags {
  const command = withBucketOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }))
  return command.parse(args, { from: 'user' }).opts()
}

describe('the options', () => {
  test('come as the bucket takes them', () => {
    expect(flags()).toEqual({})
    expect(flags('--remote', '--env', 'staging', '--json')).toEqual({ remote: true, env: 'staging', json: true })
    expect(flags('--local', '--persist-to', 'a', '--config', 'b.toml')).toMatchObject({ persistTo: 'a', config: 'b.toml' })
  })

  test.each([
    ['--local', '--remote'],
    ['--remote', '--local'],
    ['--remote', '--persist-to=a'],
  ])('%s is not taken together with %s', (...both) => {
    expect(() => flags(...both)).toThrow(/cannot be used with/)
  })
})
