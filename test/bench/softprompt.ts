import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../fixtures/root.ts'

/** Runs a command of the program as it was built. Throws with what it told where it fails. */
export function softprompt(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'dist/trainer/cli/softprompt.js'), ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let told = ''
  child.stderr.on('data', (chunk) => (told += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(told))))
  })
}
