import { printable } from './printable.ts'

/** What went wrong, in one word: the Worker maps it to an HTTP status, the command line to an exit code. */
export type ErrorCode =
  | 'usage' // the command line was used wrongly
  | 'invalid_request' // an HTTP request's body or parameters
  | 'unsupported_type' // an HTTP request's body that is not called JSON
  | 'unauthorized'
  | 'unknown_task'
  | 'not_found'
  | 'too_large'
  | 'overloaded'
  | 'not_ready' // nothing can be answered yet
  | 'invalid_file' // a file that is not what its name says: truncated, malformed, lying
  | 'invalid_data' // a user's examples
  | 'invalid_model'
  | 'invalid_prompt'
  | 'base_mismatch' // a prompt for another base model
  | 'conflict' // somebody else changed the same task first
  | 'storage'
  | 'unsupported'
  | 'diverged' // a loss or gradient that is not a number
  | 'interrupted'

interface FailureDetails {
  readonly param?: string | null
  readonly retryAfter?: number | null
  readonly details?: readonly string[]
  readonly cause?: unknown
}

/** A failure that a user can cause and mend. Its message says what was wanted, what came, and what to do. */
export class SoftPromptError extends Error {
  readonly code: ErrorCode
  /** The field or argument at fault, where there is one. */
  readonly param: string | null
  /** After so many seconds it may be worth trying again, where that is known. */
  readonly retryAfter: number | null
  /** Where several things are wrong at once, each in a line; else empty. */
  readonly details: readonly string[]

  constructor(code: ErrorCode, message: string, { param = null, retryAfter = null, details = [], cause }: FailureDetails = {}) {
    super(message, { cause })
    this.name = 'SoftPromptError'
    this.code = code
    this.param = param
    this.retryAfter = retryAfter
    this.details = details
  }

  /** The same failure, said of `param`. */
  at(param: string | null): SoftPromptError {
    return new SoftPromptError(this.code, this.message, { param, retryAfter: this.retryAfter, details: this.details, cause: this })
  }
}

/** `work`'s value; its SoftPromptError gets `param` in place of its own. */
export async function located<Value>(work: Promise<Value>, param: string): Promise<Value> {
  try {
    return await work
  } catch (error) {
    throw error instanceof SoftPromptError ? error.at(param) : error
  }
}

/** `value` in one printable line, cut to at most `length` characters, for naming what came in an error. */
export function excerpt(value: unknown, length = 80): string {
  const whole = typeof value === 'string' ? value : json(value)
  const text = printable(whole.slice(0, length + 1))
  if (text.length <= length) return text
  return `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…` // no half of a pair
}

/** `value` as JSON; what nests too deeply for that by its kind. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
