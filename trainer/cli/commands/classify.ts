import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text as readStream } from 'node:stream/consumers'
import type { TextAnswer } from '../../../shared/engine/prompt.ts'
import { SoftPromptError } from '../../../shared/error.ts'
import { parsePromptCard } from '../../../shared/formats/prompt-package.ts'
import { counted } from '../../counted.ts'
import { exampleFormats, readTexts } from '../../data/dataset.ts'
import { usualColumns } from '../../data/readers/reader.ts'
import { readPromptFolder } from '../../disk/prompt-folder.ts'
import { answerTexts } from '../../evaluate/answer-texts.ts'
import { askService } from '../../evaluate/ask-service.ts'
import { withPackage } from '../../library/open-package.ts'
import { answerFileEndings, answerWriter } from '../answer-files.ts'
import { answerLines, answerTable } from '../answer-lines.ts'
import { type AddCommand, groups, run, type Terminal } from '../command.ts'
import { packageModelHelp, threadCount } from '../options.ts'

interface ClassifyOptions {
  readonly data?: string
  readonly textColumn?: string
  readonly url?: string
  readonly key?: string
  readonly out?: string
  readonly model?: string
  readonly threads?: number
  readonly json?: true
}

interface Answered {
  readonly task: string
  readonly answers: readonly TextAnswer[]
}

const help = `
Examples:
  softprompt classify runs/routing "I was charged twice this month"
  softprompt classify runs/routing --data mails.csv --text-column body --out answers.csv
  softprompt classify runs/routing < texts.txt
  softprompt classify routing "I was charged twice this month" --url http://localhost:8787`

export const classifyCommand: AddCommand = (program) => {
  program
    .command('classify')
    .helpGroup(groups.learn)
    .argument('<package>', 'the folder of a prompt package; with --url also a task that is served there')
    .argument('[texts...]', 'texts (default: those of --data, or the lines of standard input)')
    .description('Answer texts: by a prompt package here, with no server, or by a Worker.')
    .option('--data <file>', `texts: ${exampleFormats}; labels may be left out`)
    .option('--text-column <name>', `the column or field of --data with the text (default: ${usualColumns.text})`)
    .option('--out <file>', `write the answers to a new file: ${answerFileEndings.join(' or ')}`)
    .option('--url <address>', 'ask the Worker at this address')
    .option('--key <key>', "the Worker's bearer key (default: the environment's SOFTPROMPT_KEY)")
    .option('--model <dir>', packageModelHelp)
    .option('--threads <n>', 'threads of ONNX Runtime (default: all cores)', threadCount)
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', help)
    .action((named: string, given: string[], options: ClassifyOptions) =>
      run(options.json === true, async (terminal) => {
        const { out, url } = options
        const write = out === undefined ? undefined : fileWriter(out)
        const texts = await textsOf(given, options, terminal)
        const { task, answers } =
          url === undefined
            ? await answeredHere(named, texts, options, terminal)
            : await answeredThere(named, url, texts, options, terminal)
        write?.(texts, answers)
        const [only] = answers
        const shown = answers.length === 1 && given.length > 0 ? answerLines(only as TextAnswer) : answerTable(texts, answers)
        return {
          json: { task, results: answers.map((answer, index) => ({ text: texts[index], ...answer })) },
          text: out === undefined ? shown : `${out}: ${counted(answers.length, 'answer')} of task ${task}`,
        }
      }),
    )
}

async function answeredHere(
  directory: string,
  texts: readonly string[],
  options: ClassifyOptions,
  { warn, status, signal }: Terminal,
): Promise<Answered> {
  if (options.key !== undefined) throw new SoftPromptError('usage', 'Cannot use --key without --url: a package needs none.')
  return withPackage(directory, options, { warn }, async ({ frozen, prompt }) => {
    const answers = await answerTexts(frozen, prompt, texts, signal, (done, rows) => status(`${done} of ${rows} texts`))
    return { task: prompt.card.task, answers }
  })
}

async function answeredThere(
  named: string,
  url: string,
  texts: readonly string[],
  { key, model, threads }: ClassifyOptions,
  { status, signal }: Terminal,
): Promise<Answered> {
  if (model !== undefined || threads !== undefined)
    throw new SoftPromptError('usage', 'Cannot use --model or --threads with --url: the Worker has its own.')
  const task = existsSync(join(named, 'prompt.json')) ? parsePromptCard(readPromptFolder(named)['prompt.json'], named).task : named
  const served = { url, task, key: key ?? process.env.SOFTPROMPT_KEY }
  return { task, answers: await askService(served, texts, signal, (done, rows) => status(`${done} of ${rows} texts`)) }
}

/** Checks, before any work, that the file can be written. */
function fileWriter(path: string) {
  const write = answerWriter(path)
  if (write === undefined)
    throw new SoftPromptError(
      'usage',
      `Cannot write answers to ${JSON.stringify(path)}: its name has to end in ${answerFileEndings.join(' or ')}.`,
    )
  if (existsSync(path))
    throw new SoftPromptError(
      'usage',
      `Cannot write answers to ${JSON.stringify(path)}: it is there already. Name another file with --out, or remove it.`,
    )
  return (texts: readonly string[], answers: readonly TextAnswer[]) => {
    try {
      writeFileSync(path, write(texts, answers), { flag: 'wx' })
    } catch (cause) {
      throw new SoftPromptError('storage', `Cannot write answers to ${JSON.stringify(path)}: ${(cause as Error).message}.`, { cause })
    }
  }
}

/** The texts to answer: those given, of a file, or of standard input. */
async function textsOf(given: readonly string[], { data, textColumn }: ClassifyOptions, terminal: Terminal): Promise<readonly string[]> {
  if (given.length > 0 && data !== undefined) throw new SoftPromptError('usage', 'Cannot take both texts and --data: leave one out.')
  if (textColumn !== undefined && data === undefined) throw new SoftPromptError('usage', 'Cannot use --text-column without --data.')
  if (data === undefined) return given.length > 0 ? given : linesOfInput(terminal)
  return readTexts(data, { columns: { ...usualColumns, ...(textColumn === undefined ? {} : { text: textColumn }) }, tell: terminal.log })
}

async function linesOfInput({ log }: Terminal): Promise<string[]> {
  if (process.stdin.isTTY) log('Type one text per line; Ctrl-D ends.')
  const lines = (await readStream(process.stdin)).split(/\r?\n/).filter((line) => line.trim() !== '')
  if (lines.length === 0)
    throw new SoftPromptError(
      'usage',
      'There is nothing to classify: give a text after the package, or one text per line on standard input.',
    )
  return lines
}
