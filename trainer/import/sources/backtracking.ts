import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { Tokenizer } from '@huggingface/tokenizers'
import type { Diagnostics } from 'recheck'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { maxPatternLength, maxPatterns } from '../../../shared/formats/limits.ts'
import { knownPatterns } from '../../../shared/text/known-patterns.ts'
import { patternsOf } from '../../../shared/text/tokenizer-steps.ts'

/** The longest time, in ms, that a tokenizer's regular expressions are checked: each takes 1 to 4 s. */
const maxCheckTime = 90_000

/**
 * Throws where a tokenizer.json has a regular expression that backtracks, so that a text could be made for which it runs for ever, or one
 * of which that is not known. Those of known tokenizers are passed over; the others are returned, for the model's card to name.
 */
export function requireNoBacktracking(tokenizer: string, where: string): string[] {
  const patterns = unknownPatterns(tokenizer, where)
  if (patterns.length > maxPatterns) {
    throw refusal(where, `it has ${patterns.length} regular expressions of its own, and at most ${maxPatterns} are checked`)
  }
  const long = patterns.find(({ length }) => length > maxPatternLength)
  if (long !== undefined) {
    throw refusal(where, `its ${named(long)} has ${long.length} characters, and at most ${maxPatternLength} are checked`)
  }
  if (patterns.length === 0) return patterns
  const verdicts = diagnose(patterns, where)
  patterns.forEach((pattern, i) => {
    const { status, complexity = 'it took too long, or is more than the checker can read' } = verdicts[i] ?? { status: 'unknown' }
    if (status === 'vulnerable')
      throw refusal(where, `its ${named(pattern)} backtracks, so that some texts would keep it busy far too long (${complexity})`)
    if (status === 'unknown') throw refusal(where, `its ${named(pattern)} could not be checked for backtracking: ${complexity}`)
  })
  return patterns
}

function unknownPatterns(tokenizer: string, where: string): string[] {
  try {
    return patternsOf(JSON.parse(tokenizer)).filter((pattern) => !knownPatterns.has(pattern))
  } catch (cause) {
    throw new SoftPromptError('invalid_model', `Cannot read ${where}: it is not a tokenizer.json (${excerpt((cause as Error).message)}).`, {
      cause,
    })
  }
}

/** What JavaScript runs for a pattern, which is written for another engine. */
function compiled(pattern: string, where: string): RegExp {
  const model = { type: 'BPE', vocab: {}, merges: [] }
  const split = { type: 'Split', pattern: { Regex: pattern } }
  const none = { normalizer: null, post_processor: null, decoder: null, added_tokens: [] }
  try {
    return (new Tokenizer({ ...none, model, pre_tokenizer: split }, {}).pre_tokenizer as unknown as { pattern: RegExp }).pattern
  } catch (cause) {
    const why = excerpt((cause as Error).message)
    throw new SoftPromptError('invalid_model', `Cannot use ${where}: its ${named(pattern)} cannot be run here (${why}).`, { cause })
  }
}

/**
 * What the child prints: a verdict a line, so that those before one that takes too long are not lost. recheck's own time limits are off: where
 * they end a step, the verdict depends on what else runs on the machine.
 */
const script = `
const { checkSync } = require(process.argv[1])
for (const { source, flags } of JSON.parse(require('node:fs').readFileSync(0, 'utf8'))) {
  const { status, complexity } = checkSync(source, flags, { timeout: ${maxCheckTime / 3}, attackTimeout: null, incubationTimeout: null })
  console.log(JSON.stringify({ status, complexity: complexity?.summary }))
}`

/**
 * recheck's verdict on what JavaScript runs for each of `patterns`, up to the first that it could not finish. It runs in a process of its own, which ends in time
 * whatever the expressions, and which Ctrl-C in a terminal ends too. recheck's own agents, a native program and one in Java, are not asked.
 */
export function diagnose(patterns: readonly string[], where: string): { status: Diagnostics['status']; complexity?: string }[] {
  const expressions = patterns.map((pattern) => {
    const { source, flags } = compiled(pattern, where)
    return { source, flags }
  })
  const checker = createRequire(import.meta.url).resolve('recheck')
  const { stdout, signal } = spawnSync(process.execPath, ['-e', script, checker], {
    input: JSON.stringify(expressions),
    encoding: 'utf8',
    env: { ...process.env, RECHECK_SYNC_BACKEND: 'pure', NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: maxCheckTime,
    killSignal: 'SIGKILL',
  })
  if (signal === 'SIGINT') throw new SoftPromptError('interrupted', 'Interrupted while a tokenizer was checked: nothing was written.')
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

function named(pattern: string): string {
  return `regular expression ${excerpt(JSON.stringify(pattern))}`
}

function refusal(where: string, why: string): SoftPromptError {
  return new SoftPromptError(
    'unsupported',
    `Cannot use ${where}: ${why}. Take a model with the tokenizer of GPT-2, Llama 3, Qwen or another widely used one, or change the expression so that no two of its repetitions can take the same characters, and import the checkpoint again.`,
  )
}
