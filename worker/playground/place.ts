/** A text for a task. */
export interface Asked {
  readonly task: string
  readonly text: string
}

/** What a task says of a text, wherever it was computed. */
export interface TaskResult {
  readonly task: string
  readonly label: string | null
  readonly labels?: readonly string[] | undefined
  readonly probability: number
  readonly probabilities: Readonly<Record<string, number>>
  readonly truncated: boolean
  readonly tokens: number
}

/** A part of the time that an answer took, in ms. */
export interface TimePart {
  readonly name: string
  readonly ms: number
}

export interface Answered {
  /** In the order of what was asked. */
  readonly results: readonly TaskResult[]
  /** They add up to the time from the call to its answer. */
  readonly time: readonly TimePart[]
}

/** Where texts are answered: by the service, or in this browser. */
export interface Place {
  /** Throws where it cannot: a `ServiceError` where the service says why. */
  classify(asked: readonly Asked[], signal: AbortSignal): Promise<Answered>
}
