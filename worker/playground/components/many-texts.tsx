import { useEffect, useRef, useState } from 'preact/hooks'
import { classifyMany } from '../many-texts.ts'
import type { TaskResult } from '../place.ts'
import { resultsCsv } from '../results-csv.ts'
import { textsOfFile } from '../texts-of-file.ts'
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

interface Run {
  /** What was pasted; null where the texts are of a file. */
  readonly pasted: string | null
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
  const [run, setRun] = useState<Run | null>(null)
  const [problem, setProblem] = useState('')
  const [over, setOver] = useState(false)
  const running = useRef<AbortController | null>(null)
  // what failed or is asked in another place says nothing of this one
  useEffect(
    () => () => {
      running.current?.abort()
      setProblem('')
    },
    [place],
  )
  const isOld = run !== null && (run.tasks.join() !== tasks.join() || (run.pasted !== null && run.pasted !== pasted))

  async function take(file: File) {
    if (tasks.length === 0) return setProblem('Choose at least one task first.')
    if (file.size > maxFile) {
      setProblem(
        `Cannot read ${file.name}: it has ${Math.ceil(file.size / 2 ** 20)} MB, and at most ${maxFile / 2 ** 20} are read here. Use softprompt classify for it.`,
      )
      return
    }
    await ask(file.name, await file.text(), null)
  }

  async function ask(name: string, contents: string, pasted: string | null) {
    running.current?.abort()
    const call = new AbortController()
    running.current = call
    setProblem('')
    const start = performance.now()
    let current: Run
    const show = (change: Partial<Run>) => {
      current = { ...current, ...change, ms: performance.now() - start }
      setRun(current)
    }
    try {
      const texts = textsOfFile(name, contents)
      const asked = texts.flatMap((text) => tasks.map((task) => ({ task, text })))
      const results: (TaskResult | undefined)[] = new Array(asked.length) // filled in place: a copy for each call would be slow
      current = { pasted, texts, tasks, results, done: 0, state: 'asking', ms: 0 }
      setRun(current)
      const onResults = (from: number, some: readonly TaskResult[]) => {
        some.forEach((result, n) => {
          results[from + n] = result
        })
        if (!call.signal.aborted) show({ done: current.done + some.length })
      }
      await classifyMany(place.place, asked, onResults, call.signal)
      show({ state: 'done' })
    } catch (error) {
      if (running.current === call) setRun((last) => last && { ...last, state: 'stopped' })
      if (!call.signal.aborted) setProblem((error as Error).message)
    }
  }

  return (
    <>
      <form
        class={`panel drop${over ? ' over' : ''}`}
        onSubmit={(event) => {
          event.preventDefault()
          void ask('what was pasted', pasted, pasted)
        }}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          const file = event.dataTransfer?.files[0]
          if (file !== undefined) void take(file)
        }}
      >
        <label for="texts">Texts, one a line</label>
        <textarea id="texts" rows={6} value={pasted} onInput={(event) => setPasted(event.currentTarget.value)} />
        <button type="submit" class="primary" disabled={pasted.trim() === '' || tasks.length === 0}>
          Classify
        </button>
        <label class="file">
          or a file
          <input
            type="file"
            accept=".txt,.csv,.tsv,.json,.jsonl,.ndjson"
            disabled={tasks.length === 0}
            onChange={(event) => {
              const file = event.currentTarget.files?.[0]
              event.currentTarget.value = '' // so that the same file can be chosen again
              if (file !== undefined) void take(file)
            }}
          />
        </label>
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
      <CodeSamples tasks={tasks} input={sampleTexts(pasted, run?.texts)} withKey={withKey} note={sampleNote} />
    </>
  )
}

const sampleNote = `Shown with ${sampleSize} texts at most. The service takes up to 128 texts a call, unless it is set otherwise.`

/** The first of the pasted texts, or those of the last run. */
function sampleTexts(pasted: string, last: readonly string[] = ['the first text', 'the second text']): string[] {
  const lines = pasted.trimStart().split('\n', 10).join('\n')
  try {
    return (lines === '' ? last : textsOfFile('what was pasted', lines)).slice(0, sampleSize)
  } catch {
    return lines.split('\n').slice(0, sampleSize) // not read as what they seem to be
  }
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
