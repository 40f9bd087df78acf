import { useEffect, useRef, useState } from 'preact/hooks'
import { BrowserPlace, type Loaded, type WantedDevice } from '../browser-place.ts'
import type { Place } from '../place.ts'
import type { Service, Task } from '../service.ts'
import { milliseconds } from './time-taken.tsx'

/** Where texts are answered, with its name for people. */
export interface ChosenPlace {
  readonly name: string
  /** Whether it is this browser. */
  readonly here: boolean
  readonly place: Place
}

const devices: Readonly<Record<WantedDevice, string>> = { auto: 'the best device', webgpu: 'WebGPU', wasm: 'WebAssembly' }

const phases = { model: 'Loading the model', prompt: 'Loading the prompt', start: 'Starting the model' } as const

interface Props {
  readonly service: Service
  readonly tasks: readonly Task[]
  readonly onChange: (place: ChosenPlace) => void
}

/** The service, or this browser: then model and prompts come here, and no text leaves the page. */
export function PlaceSwitch({ service, tasks, onChange }: Props) {
  const [here, setHere] = useState(false)
  const [device, setDevice] = useState<WantedDevice>('auto')
  const [loaded, setLoaded] = useState<Loaded>({ state: 'looking' })
  const browser = useRef<BrowserPlace | null>(null)
  const names = tasks.map(({ task }) => task).join()

  useEffect(() => {
    if (!here) {
      onChange({ name: 'the service', here, place: service })
      return
    }
    const place = new BrowserPlace(service.apiKey, device, setLoaded)
    browser.current = place
    onChange({ name: 'this browser', here, place })
    return () => {
      browser.current = null
      place.dispose()
      setLoaded({ state: 'looking' })
    }
  }, [here, device, service])

  useEffect(() => {
    if (here && names !== '') browser.current?.load(names.split(','))
  }, [here, device, service, names])

  return (
    <div class="panel place">
      <label class="switch">
        <input type="checkbox" checked={here} onChange={(event) => setHere(event.currentTarget.checked)} />
        Run in this browser
      </label>
      {here && (
        <label>
          on{' '}
          <select value={device} onChange={(event) => setDevice(event.currentTarget.value as WantedDevice)}>
            {Object.entries(devices).map(([name, about]) => (
              <option key={name} value={name}>
                {about}
              </option>
            ))}
          </select>
        </label>
      )}
      {here ? names !== '' && <Progress loaded={loaded} /> : <p class="note">{about}</p>}
    </div>
  )
}

const about = 'Model and prompts come here once; after that no text leaves this page.'

/** How far the loading is. What is waited for is read out when it changes, the bytes are not. */
function Progress({ loaded }: { readonly loaded: Loaded }) {
  if (loaded.state === 'failed') return <p role="alert">{loaded.message}</p>
  if (loaded.state === 'ready') {
    return (
      <>
        <p class="note" role="status">
          {ready(loaded)}
        </p>
        {loaded.warnings.length > 0 && (
          <ul class="warnings" aria-label="Warnings">
            {loaded.warnings.map(({ task, text }) => (
              <li key={task + text}>
                <strong>{task}:</strong> {text}
              </li>
            ))}
          </ul>
        )}
      </>
    )
  }
  const phase = loaded.state === 'looking' ? 'Looking up what to load' : phases[loaded.phase]
  const bytes = loaded.state === 'loading' && loaded.phase !== 'start' ? loaded : null
  const told = bytes === null ? undefined : `${megabytes(bytes.loaded)} of ${megabytes(bytes.total)}`
  return (
    <>
      <p class="note" role="status">
        {phase} …
      </p>
      <progress {...(bytes && { max: bytes.total, value: bytes.loaded })} aria-label={phase} aria-valuetext={told} />
      {told && <span class="note">{told}</span>}
    </>
  )
}

function ready({ bytes, ms, runs }: Extract<Loaded, { state: 'ready' }>): string {
  const device = runs.device === 'webgpu' ? 'WebGPU' : `WebAssembly, ${runs.threads === 1 ? '1 thread' : `${runs.threads} threads`}`
  return `Ready on ${device} (${runs.weights}): ${megabytes(bytes)} in ${milliseconds(ms)}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
