import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hasTerminal } from '../../fixtures/in-terminal.ts'
import { hasShell, shellFolder, typedInShell } from '../../fixtures/typed-in-shell.ts'

const lineAway = '\x15softprompt '

test.concurrent.for(['bash', 'zsh', 'fish'] as const)(
  '%s completes commands, packages, options, values and files, and runs nothing of what is typed',
  async (shell, { skip }) => {
    skip(!hasTerminal, "util-linux's script is not here")
    skip(!hasShell(shell), `${shell} is not here`)
    const folder = shellFolder()
    mkdirSync(join(folder, 'runs', 'routing'), { recursive: true })
    writeFileSync(join(folder, 'runs', 'routing', 'prompt.json'), '{}')
    mkdirSync(join(folder, 'models', 'mine'), { recursive: true })
    writeFileSync(join(folder, 'the examples.jsonl'), '{}')
    const dangerous = 'classify runs/routing "$(touch evil)" (touch evil) `touch evil` --mo\t'
    const keys = `${dangerous}${lineAway}eva\truns/\t--da\tthe\t--model=mod\t\t`
    const words = await typedInShell(shell, folder, keys)
    expect(words?.slice(0, -1)).toEqual(['evaluate', 'runs/routing', '--data', 'the examples.jsonl'])
    expect(words?.at(-1)).toMatch(/^--model=models\/mine\/?$/)
    expect(existsSync(join(folder, 'evil'))).toBe(false)
  },
)
