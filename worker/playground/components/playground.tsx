import { useEffect, useState } from 'preact/hooks'
import { savedKey, saveKey } from '../saved-key.ts'
import { Service, type Task } from '../service.ts'
import { ServiceError } from '../service-error.ts'
import { ApiKey } from './api-key.tsx'
import { ManyTexts } from './many-texts.tsx'
import { OneText } from './one-text.tsx'
import { type ChosenPlace, PlaceSwitch } from './place-switch.tsx'
import { TaskPicker } from './task-picker.tsx'

type Tasks =
  | { readonly state: 'loading' }
  | { readonly state: 'loaded'; readonly tasks: readonly Task[] }
  | { readonly state: 'failed'; readonly error: Error }

/** The whole page. */
export function Playground() {
  const [service, setService] = useState(() => new Service(savedKey()))
  const [asksKey, setAsksKey] = useState(service.apiKey !== '')
  const [found, setFound] = useState<Tasks>({ state: 'loading' })
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [many, setMany] = useState(false)
  const [place, setPlace] = useState<ChosenPlace>({ name: 'the service', here: false, place: service })
  const { apiKey } = service
  const tasks = found.state === 'loaded' ? found.tasks : []
  const changeKey = (key: string) => {
    setFound({ state: 'loading' })
    setService(new Service(key))
  }

  useEffect(() => {
    const ended = new AbortController()
    service.tasks(ended.signal).then(
      (tasks) => {
        setFound({ state: 'loaded', tasks })
        setChosen((before) => {
          const left = before.filter((name) => tasks.some(({ task }) => task === name))
          return left.length > 0 ? left : tasks.slice(0, 1).map(({ task }) => task)
        })
        saveKey(service.apiKey)
      },
      (error: Error) => {
        if (ended.signal.aborted) return
        setFound({ state: 'failed', error })
        if (error instanceof ServiceError && error.code === 'unauthorized') setAsksKey(true)
      },
    )
    return () => ended.abort()
  }, [service])

  return (
    <>
      <header>
        <h1>softprompt</h1>
        <p>One frozen model, a soft prompt for each task.</p>
        <nav aria-label="More">
          <a href="/docs">API</a>
        </nav>
      </header>
      <main>
        {asksKey && <ApiKey value={apiKey} refused={found.state === 'failed' && apiKey !== ''} onChange={changeKey} />}
        {found.state === 'loading' && <p role="status">Loading the tasks …</p>}
        {found.state === 'failed' && !(asksKey && apiKey === '') && <p role="alert">{found.error.message}</p>}
        {found.state === 'loaded' && tasks.length === 0 && (
          <p role="status">
            No task is published here yet. Train one and publish it: <code>softprompt publish PACKAGE</code>
          </p>
        )}
        {tasks.length > 0 && (
          <>
            <TaskPicker tasks={tasks} chosen={chosen} onChange={setChosen} />
            <PlaceSwitch service={service} tasks={tasks.filter(({ task }) => chosen.includes(task))} onChange={setPlace} />
            <fieldset class="modes" aria-label="How many texts">
              <button type="button" aria-pressed={!many} onClick={() => setMany(false)}>
                One text
              </button>
              <button type="button" aria-pressed={many} onClick={() => setMany(true)}>
                Many texts
              </button>
            </fieldset>
            {many ? (
              <ManyTexts tasks={chosen} place={place} withKey={apiKey !== ''} />
            ) : (
              <OneText tasks={chosen} place={place} withKey={apiKey !== ''} />
            )}
          </>
        )}
      </main>
    </>
  )
}
