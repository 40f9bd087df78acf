import { type Ended, runScript } from './trainer/child-process.ts'

const entry = new URL('../trainer/cli/softprompt.ts', import.meta.url)

export interface Answer extends Ended {
  /** The last line of standard output, as `--json` prints it; null where that is no JSON object. */
  readonly json: Record<string, unknown> | null
}

/** Runs `softprompt` with `args` in a process of its own, in the checkout's root. */
export async function softprompt(args: readonly string[], environment: Record<string, string> = {}): Promise<Answer> {
  const ended = await runScript(entry, args, environment)
  return { ...ended, json: lastLine(ended.stdout) }
}

function lastLine(stdout: string): Record<string, unknown> | null {
  try {
    return Object(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''))
  } catch {
    return null
  }
}
