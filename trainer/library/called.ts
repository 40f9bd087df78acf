import type { z } from 'zod'
import { SoftPromptError } from '../../shared/error.ts'
import { abortedWith } from '../../shared/unless-aborted.ts'
import { inNames } from '../train/setting-names.ts'
import { requireOptions } from './options.ts'

/** Of what was told of, what is said in words. */
interface Said {
  readonly message?: string
  readonly data?: unknown
  readonly verdict?: readonly string[]
  readonly warnings?: readonly string[]
}

/** How an option of a call is named; of a switch the value that turns it on goes with it. */
const option = (setting: string) => (setting === 'resume' || setting === 'force' ? `${setting}: true` : setting)
const named = (message: string) => inNames(option, message)

/**
 * `work` as it is done for who calls it: with options that were checked, in the words of a call and not in those of the command line, and
 * with one error, `interrupted`, once the signal that is among the options is aborted.
 */
export async function* called<Options extends { readonly signal?: AbortSignal | undefined }, Event extends object, Result extends object>(
  call: string,
  schema: z.ZodType,
  options: Options,
  work: (signal: AbortSignal) => AsyncGenerator<Event, Result>,
): AsyncGenerator<Event, Result> {
  requireOptions(call, schema, options)
  const { signal } = options
  const ending = abortedWith(signal === undefined ? [] : [signal])
  try {
    signal?.throwIfAborted()
    const going = work(ending.signal)
    try {
      for (;;) {
        const step = await going.next()
        if (step.done) return renamed(step.value)
        yield renamed(step.value)
      }
    } finally {
      ending.abort(new SoftPromptError('interrupted', 'Stopped.')) // where nobody listens any more
      await going.return(undefined as never)
    }
  } catch (error) {
    throw signal?.aborted ? interruption(error, signal) : renamedError(error)
  } finally {
    ending.letGo()
  }
}

function renamed<Told extends Said>(told: Told): Told {
  const { message, verdict, warnings, data } = told
  return {
    ...told,
    ...(message !== undefined && { message: named(message) }),
    ...(verdict && { verdict: verdict.map(named) }),
    ...(warnings && { warnings: warnings.map(named) }),
    ...(isReport(data) && { data: { ...data, findings: data.findings.map(renamed) } }),
  }
}

function isReport(data: unknown): data is { readonly findings: readonly Said[] } {
  return typeof data === 'object' && data !== null && 'findings' in data
}

function renamedError(error: unknown): unknown {
  if (!(error instanceof SoftPromptError)) return error
  const { code, message, param, retryAfter, details } = error
  return new SoftPromptError(code, named(message), { param, retryAfter, details: details.map(named), cause: error })
}

function interruption(error: unknown, { reason }: AbortSignal): SoftPromptError {
  const said = error instanceof SoftPromptError && error.code === 'interrupted' ? named(error.message) : 'Interrupted.'
  return new SoftPromptError('interrupted', said, { cause: reason })
}
