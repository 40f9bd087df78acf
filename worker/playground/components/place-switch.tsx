import { useEffect, useRef, useState } from 'preact/hooks'
import { BrowserPlace, type Loaded, type WantedDevice } from '../browser-place.ts'
import type { Place } from '../place.ts'
import type { Service, Task } from '../service.ts'
import { milliseconds } from './time-taken.tsx'

/** Where texts are answered, with its name for people. */
export interface ChosenPlace {
  readonly name: string
  readonly place: Place
}

const devices: Readonly<Record<WantedDevice, string>> = { auto: 'the best device', webgpu: 'WebGPU', wasm: 'WebAssembly' }

interface Props {
  readonly service: Service
  readonly tasks: readonly Task[]
  readonly onChange: (place: ChosenPlace) => void
}

/** The Worker, or this browser: then model and prompts come here, and no text leaves the page. */
export function PlaceSwitch({ service, tasks, onChange }: Props) {
  const [here, setHere] = useState(false)
  const [device, setDevice] = useState<WantedDevice>('auto')
  const [loaded, setLoaded] = useState<Loaded | null>(null)
  const [problem, setProblem] = useState('')
  const browser = useRef<BrowserPlace | null>(null)
  const names = tasks.map(({ task }) => task).join()

  useEffect(() => {
    if (!here) {
      onChange({ name: 'the Worker', place: service })
      return
    }
    const place = new BrowserPlace(service.apiKey, device, setLoaded)
    browser.current = place
    onChange({ name: 'this browser', place })
    return () => {
      browser.current = null
      place.dispose()
      setLoaded(null)
      setProblem('')
    }
  }, [here, device, service])

  useEffect(() => {
    if (!here || names === '') return
    setProblem('')
    let current = true
    browser.current?.load(names.split(',')).catch((error: Error) => {
      if (current) setProblem(error.message)
    })
    return () => {
      current = false
    }
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
      <p class="note" role="status">
        {here ? state(loaded) : 'Model and prompts come here once; after that no text leaves this page.'}
      </p>
      {here && loaded !== null && loaded.total > 0 && loaded.loadedIn === null && (
        <progress max={loaded.total} value={loaded.bytes} aria-label="Bytes loaded" />
      )}
      {problem !== '' && <p role="alert">{problem}</p>}
    </div>
  )
}

function state(loaded: Loaded | null): string {
  if (loaded === null || loaded.total === 0) return 'Starting …'
  const bytes = `${megabytes(loaded.bytes)} of ${megabytes(loaded.total)}`
  const { loadedIn, runs } = loaded
  if (loadedIn === null || runs === null) return `Loading: ${bytes}`
  const device = runs.device === 'webgpu' ? 'WebGPU' : `WebAssembly, ${runs.threads === 1 ? '1 thread' : `${runs.threads} threads`}`
  return `Ready on ${device} (${runs.weights}): ${bytes} in ${milliseconds(loadedIn)}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
