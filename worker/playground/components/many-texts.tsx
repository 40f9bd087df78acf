import { useEffect, useRef, useState } from 'preact/hooks'
import { classifyMany } from '../many-texts.ts'
import type { TaskResult } from '../place.ts'
import { resultsCsv } from '../results-csv.ts'
import { pastedTexts, textsOfFile } from '../texts-of-file.ts'
import { CodeSamples } from './code-samples.tsx'
import type { ChosenPlace } from './place-switch.tsx'
import { ResultsTable } from './results-table.tsx'
import { milliseconds } from './time-taken.tsx'

/** Bytes of a file. */
const maxFile = 20 * 2 ** 20

/** Texts in the call that is shown as code. */
const sampleSize = 3

interface Props {
  readonly tasks: readonly string[]
  readonly place: ChosenPlace
  readonly withKey: boolean
}

interface TextsFile {
  readonly name: string
  readonly texts: readonly string[]
}

interface Run {
  /** What was pasted, or the file. */
  readonly source: string | TextsFile
  readonly texts: readonly string[]
  readonly tasks: readonly string[]
  /** Of each text, one for each task; undefined where it has not come yet. */
  readonly results: readonly (TaskResult | undefined)[]
  readonly done: number
  readonly state: 'asking' | 'done' | 'stopped'
  readonly ms: number
}

/** Many texts, pasted or from a file, and a table of what the tasks say. */
export function ManyTexts({ tasks, place, withKey }: Props) {
  const [pasted, setPasted] = useState('')
  const [file, setFile] = useState<TextsFile | null>(null)
  const [run, setRun] = useState<Run | null>(null)
  const [problem, setProblem] = useState('')
  const [over, setOver] = useState(false)
  const running = useRef<AbortController | null>(null)
  /** Of which the contents are awaited. */
  const reading = useRef<File | null>(null)
  /** What Classify answers. */
  const source = file ?? pasted
  // what failed or is asked in another place says nothing of this one
  useEffect(
    () => () => {
      running.current?.abort()
      setProblem('')
    },
    [place],
  )
  const isOld = run !== null && (run.tasks.join() !== tasks.join() || run.source !== source)

  /** Answers the texts of `chosen`, and keeps them so that they can be asked about again. */
  async function take(chosen: File) {
    running.current?.abort()
    reading.current = chosen
    setFile(null)
    setRun(null)
    setProblem('')
    try {
      if (chosen.size > maxFile) throw new Error(tooLarge(chosen))
      const taken = { name: chosen.name, texts: await textsOfFile(chosen.name, new Uint8Array(await chosen.arrayBuffer())) }
      if (reading.current !== chosen) return
      setFile(taken)
      if (tasks.length > 0) await ask(taken)
    } catch (error) {
      if (reading.current === chosen) setProblem((error as Error).message)
    }
  }

  function letGoOfFile() {
    reading.current = null
    setFile(null)
  }

  async function ask(source: string | TextsFile) {
    running.current?.abort()
    const call = new AbortController()
    running.current = call
    setProblem('')
    const start = performance.now()
    let current: Run | null = null
    const show = (next: Run) => {
      current = { ...next, ms: performance.now() - start }
      setRun(current)
    }
    try {
      const texts = typeof source === 'string' ? pastedTexts(source) : source.texts
      const asked = texts.flatMap((text) => tasks.map((task) => ({ task, text })))
      const results: (TaskResult | undefined)[] = new Array(asked.length) // filled in place: a copy for each call would be slow
      const begun: Run = { source, texts, tasks, results, done: 0, state: 'asking', ms: 0 }
      let done = 0
      show(begun)
      const onResults = (from: number, some: readonly TaskResult[]) => {
        some.forEach((result, n) => {
          results[from + n] = result
        })
        done += some.length
        if (!call.signal.aborted) show({ ...begun, done })
      }
      await classifyMany(place.place, asked, onResults, call.signal)
      show({ ...begun, done, state: 'done' })
    } catch (error) {
      setRun((last) => (last !== null && last === current ? { ...last, state: 'stopped' } : last))
      if (!call.signal.aborted) setProblem((error as Error).message)
    }
  }

  return (
    <>
      <form
        class={`panel drop${over ? ' over' : ''}`}
        onSubmit={(event) => {
          event.preventDefault()
          void ask(source)
        }}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          const dropped = event.dataTransfer?.files[0]
          if (dropped !== undefined) void take(dropped)
        }}
      >
        <label for="texts">Texts, one a line</label>
        <textarea
          id="texts"
          rows={6}
          value={pasted}
          onInput={(event) => {
            letGoOfFile()
            setPasted(event.currentTarget.value)
          }}
        />
        <button type="submit" class="primary" disabled={(file === null && pasted.trim() === '') || tasks.length === 0}>
          Classify
        </button>
        <label class="file">
          or a file
          <input
            type="file"
            accept=".txt,.csv,.tsv,.json,.jsonl,.ndjson"
            onChange={(event) => {
              const picked = event.currentTarget.files?.[0]
              event.currentTarget.value = '' // so that the same file can be chosen again
              if (picked !== undefined) void take(picked)
            }}
          />
        </label>
        {file !== null && (
          <p class="note">
            Classify answers the {file.texts.length === 1 ? 'text' : `${file.texts.length} texts`} of {file.name}.{' '}
            <button type="button" class="quiet" onClick={letGoOfFile}>
              Remove the file
            </button>
          </p>
        )}
        <p class="note">
          {tasks.length === 0 ? 'Choose at least one task. ' : ''}
          CSV or TSV (the column “text”, or the first), JSON, JSON Lines or plain lines; drop it anywhere on this box.
        </p>
      </form>
      {problem !== '' && <p role="alert">{problem}</p>}
      {run !== null && (
        <section class={`panel${isOld ? ' old' : ''}`} aria-label="Results">
          {isOld && <p class="note changed">The texts or the tasks have changed since: this is what was answered before.</p>}
          <div class="summary">
            <p role="status">{summary(run, place.name)}</p>
            <progress max={run.results.length} value={run.done} aria-label="Texts answered" />
            {run.state === 'asking' ? (
              <button type="button" onClick={() => running.current?.abort()}>
                Stop
              </button>
            ) : (
              <button type="button" onClick={() => download(resultsCsv(run.texts, run.tasks, run.results))}>
                Download CSV
              </button>
            )}
          </div>
          <ResultsTable texts={run.texts} tasks={run.tasks} results={run.results} />
        </section>
      )}
      <CodeSamples tasks={tasks} input={sampleTexts(source)} withKey={withKey} here={place.here} note={sampleNote} />
    </>
  )
}

const sampleNote = `Shown with ${sampleSize} texts at most. The service takes up to 128 texts a call, unless it is set otherwise.`

/** The first texts of what was pasted, or of a file. */
function sampleTexts(source: string | TextsFile): string[] {
  if (typeof source !== 'string') return source.texts.slice(0, sampleSize)
  const lines = source.trimStart().split('\n', 10).join('\n')
  if (lines === '') return ['the first text', 'the second text']
  try {
    return pastedTexts(lines).slice(0, sampleSize)
  } catch {
    return lines.split('\n').slice(0, sampleSize) // not read as what they seem to be
  }
}

function tooLarge({ name, size }: File): string {
  return `Cannot read ${name}: it has ${Math.ceil(size / 2 ** 20)} MB, and at most ${maxFile / 2 ** 20} are read here. Use softprompt classify for it.`
}

function summary({ texts, tasks, done, state, ms }: Run, where: string): string {
  const answered = `${Math.floor(done / tasks.length)} of ${texts.length} texts answered`
  if (state === 'stopped') return `${answered}, then stopped`
  return state === 'asking' ? `${answered} …` : `${answered} in ${milliseconds(ms)} in ${where}, ${milliseconds(ms / texts.length)} a text`
}

function download(csv: string): void {
  const url = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = 'answers.csv'
  link.click()
  URL.revokeObjectURL(url)
}
