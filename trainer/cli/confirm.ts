import { createInterface } from 'node:readline/promises'
import { SoftPromptError } from '../../shared/error.ts'
import { printable } from '../../shared/printable.ts'

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
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const close = () => terminal.close()
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
  signal.addEventListener('abort', close)
  try {
    const answer = await Promise.race([terminal.question(`${printable(question)} [y/N] `), closed])
    if (/^\s*y(es)?\s*$/i.test(answer)) return
  } finally {
    signal.removeEventListener('abort', close)
    close()
  }
  throw new SoftPromptError('interrupted', 'Nothing was changed: the answer was not yes.')
}
