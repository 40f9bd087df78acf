import { SoftPromptError } from '../../shared/error.ts'
import { conversation } from './ask.ts'

/** Throws `usage` where nobody can be asked and `yes` is not given: worth asking before the work begins. */
export function requireConfirmable(what: string, yes: boolean): void {
  if (yes || process.stdin.isTTY) return
  throw new SoftPromptError(
    'usage',
    `Cannot ask whether to ${what}: standard input is no terminal. Add --yes to do it without being asked.`,
  )
}

/** Asks at the terminal, on standard error. Throws `interrupted` unless the answer is yes: Ctrl-C, Ctrl-D, `signal` and an empty answer mean no. */
export async function confirm(question: string, signal: AbortSignal): Promise<void> {
  const { ask, close } = conversation(signal)
  const answer = await ask(`${question} [y/N] `).finally(close)
  if (answer !== null && /^\s*y(es)?\s*$/i.test(answer)) return
  throw new SoftPromptError('interrupted', 'Nothing was changed: the answer was not yes.')
}
