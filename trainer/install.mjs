// Installs and builds what a checkout lacks, so that one command is enough. Plain JavaScript: it runs before anything is there.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const installed = `${root}node_modules/.package-lock.json`
const built = `${root}dist/trainer/cli/softprompt.js`
const sources = ['trainer', 'shared', 'worker'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true }).map((name) => `${root}${folder}/${name}`),
)

if (isOlder(installed, [`${root}package-lock.json`])) {
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'Installing the packages that are missing …')
} else if (isOlder(built, sources)) {
  run('npm', ['run', '--silent', 'build'], 'Building …')
}

/** Whether `file` is not there, or was made before one of `others` was last changed. */
function isOlder(file, others) {
  return !existsSync(file) || others.some((other) => statSync(file).mtimeMs < statSync(other).mtimeMs)
}

/** Runs a command with its output on standard error, so that standard output stays the caller's. */
function run(command, args, message) {
  process.stderr.write(`${message}\n`)
  // The CPU build of ONNX Runtime is in its package; npm 10 would run its script, which fetches the CUDA one.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' }
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}
