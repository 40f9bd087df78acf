import { useEffect, useRef, useState } from 'preact/hooks'
import type { Answered } from '../place.ts'
import { AnswerCard } from './answer-card.tsx'
import { CodeSamples } from './code-samples.tsx'
import type { ChosenPlace } from './place-switch.tsx'
import { TimeTaken } from './time-taken.tsx'

interface Props {
  readonly tasks: readonly string[]
  readonly place: ChosenPlace
  readonly withKey: boolean
}

interface Question {
  readonly text: string
  readonly tasks: readonly string[]
}

/** Characters of a text that are repeated where it is another one by now. */
const maxExcerpt = 80

type Shown =
  | { readonly state: 'nothing' | 'asking' }
  | { readonly state: 'answered'; readonly answer: Answered; readonly where: string; readonly to: Question }
  | { readonly state: 'failed'; readonly error: Error }

/** A text, what each chosen task says of it, and the same call as code. */
export function OneText({ tasks, place, withKey }: Props) {
  const [text, setText] = useState('I was charged twice this month, please send one of the payments back.')
  const [shown, setShown] = useState<Shown>({ state: 'nothing' })
  const running = useRef<AbortController | null>(null)
  // what failed or is asked in another place says nothing of this one
  useEffect(
    () => () => {
      running.current?.abort()
      setShown((last) => (last.state === 'answered' ? last : { state: 'nothing' }))
    },
    [place],
  )
  const isOld = shown.state === 'answered' && (shown.to.text !== text || shown.to.tasks.join() !== tasks.join())

  async function ask() {
    if (text.trim() === '' || tasks.length === 0) return
    running.current?.abort()
    const call = new AbortController()
    running.current = call
    setShown({ state: 'asking' })
    try {
      const asked = tasks.map((task) => ({ task, text }))
      const answer = await place.place.classify(asked, call.signal)
      if (!call.signal.aborted) setShown({ state: 'answered', answer, where: place.name, to: { text, tasks } })
    } catch (error) {
      if (!call.signal.aborted) setShown({ state: 'failed', error: error as Error })
    }
  }

  return (
    <>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          void ask()
        }}
      >
        <label for="text">Text</label>
        <textarea
          id="text"
          rows={4}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
            event.preventDefault()
            void ask()
          }}
        />
        <button type="submit" class="primary" disabled={text.trim() === '' || tasks.length === 0}>
          Classify
        </button>
        <span class="note">{tasks.length === 0 ? 'Choose at least one task.' : 'or Ctrl + Enter'}</span>
      </form>
      <section aria-live="polite" aria-busy={shown.state === 'asking'} aria-label="Answers">
        {shown.state === 'asking' && <p class="note">Asking {place.name} …</p>}
        {shown.state === 'failed' && <p role="alert">{shown.error.message}</p>}
        {shown.state === 'answered' && (
          <>
            {isOld && (
              <p class="note changed">The text or the tasks have changed since: these answers are to “{excerptOf(shown.to.text)}”</p>
            )}
            <div class={`answers${isOld ? ' old' : ''}`}>
              {shown.answer.results.map((result) => (
                <AnswerCard key={result.task} result={result} />
              ))}
            </div>
            <TimeTaken where={shown.where} time={shown.answer.time} />
          </>
        )}
      </section>
      <CodeSamples tasks={tasks} input={text} withKey={withKey} here={place.here} />
    </>
  )
}

function excerptOf(text: string): string {
  return text.length > maxExcerpt ? `${text.slice(0, maxExcerpt)}…` : text
}
