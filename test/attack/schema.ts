import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pythonPrograms } from '../fixtures/python-program.ts'
import { root } from '../fixtures/root.ts'
import type { Attack } from './attack.ts'
import type { Findings } from './findings.ts'
import { withService } from './service.ts'

/** What schemathesis's report says of a run. */
interface Report {
  readonly stop_reason: string
  readonly complete: boolean
  readonly operations: { readonly total: number; readonly tested: number }
  readonly test_cases: { readonly generated: number; readonly errored: number }
  readonly failures: readonly { readonly type: string; readonly count: number; readonly operations: readonly string[] }[]
  readonly errors: readonly unknown[]
}

/** Seconds that an answer may take. */
const patience = 60
const family = 'generated calls'
/** Every check that schemathesis has is on. 503 is documented for whatever is too much or not ready. */
const configuration = `[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]
`
/** schemathesis's names of what is not a matter of the schema. */
const faults = { ServerError: 'wrong', ResponseTimeExceeded: 'hung', RequestTimeout: 'hung' } as const

/** Calls generated of /openapi.json, right and wrong ones, by schemathesis: whether every answer is one that the document allows. */
export const schema: Attack = {
  about: 'calls that schemathesis generates of /openapi.json: no undocumented answer, no 5xx but 503',
  options: { cases: 5000, minutes: 30, seed: 1 },
  async run(findings, { cases = 0, minutes = 0, seed = 0 }) {
    let schemathesis: string
    try {
      schemathesis = join(await pythonPrograms('schemathesis', 'test/attack/requirements.txt'), 'schemathesis')
    } catch (error) {
      const skipped = `schemathesis cannot be installed: ${(error as Error).message.trim().split('\n').at(-1)}`
      // where everything is to be tested, what could not be is a failure
      if (process.env.CI) findings.fault(family, 'lost', skipped)
      else console.error(`Skipped: ${skipped}`)
      return { skipped }
    }
    return withService(3, ({ url }) => generated(findings, schemathesis, url, { cases, minutes, seed }))
  },
}

async function generated(
  findings: Findings,
  schemathesis: string,
  url: URL,
  { cases, minutes, seed }: { cases: number; minutes: number; seed: number },
): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'softprompt-schemathesis-'))
  try {
    writeFileSync(join(folder, 'schemathesis.toml'), configuration)
    const args = [
      ...['--config-file', join(folder, 'schemathesis.toml'), 'run', String(new URL('/openapi.json', url))],
      ...['--max-examples', String(Math.ceil(cases / perExample)), '--seed', String(seed), '--continue-on-failure', '--no-color'],
      ...['--request-timeout', String(patience), '--report', 'json', '--report-json-path', join(folder, 'report.json')],
    ]
    const output = await told(schemathesis, args, folder, minutes)
    if (!existsSync(join(folder, 'report.json'))) {
      findings.fault(family, 'lost', `schemathesis wrote no report:\n${output.slice(-2000)}`)
      return {}
    }
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report
    return judge(findings, report, output, cases)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Calls that are made, at least, for each example that schemathesis is allowed an operation. */
const perExample = 8

function judge(findings: Findings, { test_cases: { generated, errored }, operations, ...report }: Report, output: string, cases: number) {
  findings.tried(family, generated)
  for (const { type, count, operations: where } of report.failures) {
    const fault = faults[type as keyof typeof faults] ?? 'offSchema'
    for (let n = 0; n < count; n++) findings.fault(family, fault, `${type} at ${where.join(' and ')}`)
  }
  for (const error of report.errors) findings.fault(family, 'lost', JSON.stringify(error))
  if (errored > report.errors.length) findings.fault(family, 'lost', `${errored} calls without an answer`)
  if (!report.complete) findings.fault(family, 'hung', `it did not come to its end: ${report.stop_reason}`)
  if (operations.tested < operations.total) findings.fault(family, 'lost', `${operations.tested} of ${operations.total} operations tried`)
  if (generated < cases) findings.fault(family, 'lost', `${generated} of ${cases} calls generated`)
  if (findings.failed) console.error(output.slice(Math.max(0, output.indexOf('= FAILURES =')), 8000))
  return { operations: operations.tested }
}

/** What a program says. It is ended after `minutes`. */
function told(program: string, args: readonly string[], cwd: string, minutes: number): Promise<string> {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, SCHEMATHESIS_HOOKS: join(root, 'test/attack/schemathesis_hooks.py') },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: minutes * 60_000,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve(output))
  })
}
