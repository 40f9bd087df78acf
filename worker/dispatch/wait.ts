import { excerpt, SoftPromptError } from '../../shared/error.ts'

/**
 * How many milliseconds a caller waits: those of `Prefer: wait=SECONDS` (RFC 7240) where that is less than `most`. Throws `invalid_request`
 * where the seconds are not a whole number from 1 on; other preferences are nobody's here.
 */
export function waitOf(prefer: string | undefined, most: number): number {
  const waits = (prefer ?? '').split(',').flatMap((preference) => {
    const [name = '', value = ''] = (preference.split(';', 1)[0] as string).split('=', 2)
    return name.trim().toLowerCase() === 'wait' ? [value.trim()] : []
  })
  const [seconds] = waits // the first counts where one is said twice
  if (seconds === undefined) return most
  if (/^[1-9]\d*$/.test(seconds)) return Math.min(most, 1000 * Number(seconds))
  throw new SoftPromptError(
    'invalid_request',
    `Cannot wait ${excerpt(JSON.stringify(seconds))} seconds: give a whole number of at least 1, as in Prefer: wait=5.`,
    { param: 'Prefer' },
  )
}
