import { type ErrorCode, SoftPromptError } from '../shared/error.ts'

/** An error does not survive the way from a Durable Object or a Web Worker, its code least of all: a failure travels as data. */
export type Reply<Value> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false
      readonly code: ErrorCode
      readonly message: string
      readonly param: string | null
      readonly retryAfter: number | null
      readonly details: readonly string[]
    }

/** `work`'s value, or its SoftPromptError, as data. Any other error is a defect and is thrown. */
export async function reply<Value>(work: () => Promise<Value>): Promise<Reply<Value>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    if (!(error instanceof SoftPromptError)) throw error
    const { code, message, param, retryAfter, details } = error
    return { ok: false, code, message, param, retryAfter, details }
  }
}

/** The other end of `reply`. */
export function unwrap<Value>(reply: Reply<Value>): Value {
  if (reply.ok) return reply.value
  const { code, message, param, retryAfter, details } = reply
  throw new SoftPromptError(code, message, { param, retryAfter, details })
}
