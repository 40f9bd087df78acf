import { createInterface } from 'node:readline/promises'
import { SoftPromptError } from '../../shared/error.ts'
import { printable } from '../../shared/printable.ts'

/** So often is asked for what cannot be. */
const maxTries = 3

/** A conversation at the terminal, on standard error. */
export interface Conversation {
  /** The answer to a question; null where there is none: at Ctrl-C, at Ctrl-D, and once the signal is aborted. */
  ask(question: string): Promise<string | null>
  close(): void
}

/** Begins to ask, until `signal` is aborted. */
export function conversation(signal: AbortSignal): Conversation {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const close = () => terminal.close()
  const closed = new Promise<null>((resolve) => terminal.once('close', () => resolve(null)))
  signal.addEventListener('abort', close)
  if (signal.aborted) close()
  return {
    ask: (question) => Promise.race([terminal.question(printable(question)).catch(() => null), closed]),
    close() {
      signal.removeEventListener('abort', close)
      close()
    },
  }
}

/** What `take` makes of the answers to what it asks for, once that is something: it is tried a few times. Throws `interrupted` where no answer comes. */
export async function tried<Value>(
  ask: Conversation['ask'],
  take: (asked: (question: string) => Promise<string>) => Promise<Value | undefined>,
): Promise<Value> {
  const asked = async (question: string) => {
    const answer = await ask(question)
    if (answer === null) throw new SoftPromptError('interrupted', 'Interrupted: nothing was written.')
    return answer.trim()
  }
  for (let n = 0; n < maxTries; n++) {
    const value = await take(asked)
    if (value !== undefined) return value
  }
  throw new SoftPromptError(
    'usage',
    `Nothing was written: ${maxTries} answers could not be taken. Run softprompt init again, or with --yes, which asks nothing.`,
  )
}
