import { existsSync } from 'node:fs'
import { basename, dirname, extname, join, relative } from 'node:path'

/** The commands to go on with, a line each, as they can be pasted into a shell here. */
export function next(...commands: readonly (readonly string[])[]): string {
  return ['Next:', ...commands.map((words) => `  ${invocation()} ${words.map(quoted).join(' ')}`)].join('\n')
}

/** How this program was called. */
export function invocation({ env, argv }: Pick<NodeJS.Process, 'env' | 'argv'> = process): string {
  if (env.npm_lifecycle_event === 'npx') return 'npx softprompt'
  const [, script = ''] = argv
  return basename(script) === 'softprompt' ? 'softprompt' : `node ${quoted(relative('', script))}`
}

/** A word as a POSIX shell reads it back. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** A text of `examples` to try, or any other where they are long or hold what a terminal would not show. */
export function textToTry(examples: readonly { readonly text: string }[]): string {
  return (
    examples.find(({ text }) => text.length <= 80 && /^[\p{L}\p{N}\p{P}\p{Zs}\p{S}\p{M}]+$/u.test(text) && !text.startsWith('-'))?.text ??
    'Hello.'
  )
}

/** The file of test examples that people keep beside that of training: `test` in the place of `train` in its name. Null where there is none. */
export function testFileBeside(train: string): string | null {
  const [folder, extension] = [dirname(train), extname(train)]
  const name = basename(train, extension)
  const path = join(folder, `${name.replace('train', 'test')}${extension}`)
  return name.includes('train') && existsSync(path) ? path : null
}
