/** What the service said of a call that it did not answer. */
export class ServiceError extends Error {
  override name = 'ServiceError'
  readonly code: string
  /** In seconds, where the service says when to try again. */
  readonly retryAfter: number | null

  constructor(code: string, message: string, retryAfter: number | null = null) {
    super(message)
    this.code = code
    this.retryAfter = retryAfter
  }
}
