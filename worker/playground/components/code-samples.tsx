import { useState } from 'preact/hooks'
import { codeSamples } from '../code-samples.ts'
import { CopyButton } from './copy-button.tsx'

interface Props {
  readonly tasks: readonly string[]
  readonly input: string | readonly string[]
  readonly withKey: boolean
  /** Whether this browser answers. */
  readonly here: boolean
  /** What is to be known of it, in a sentence. */
  readonly note?: string
}

/** The call that the page makes, to copy. */
export function CodeSamples({ tasks, input, withKey, here, note }: Props) {
  const [chosen, setChosen] = useState('curl')
  const samples = codeSamples(location.origin, tasks, input, withKey, here)
  const sample = samples.find(({ language }) => language === chosen) ?? samples[0]
  return (
    <section class="panel code" aria-label="The same call as code">
      <fieldset class="modes" aria-label="Language">
        {samples.map(({ language }) => (
          <button key={language} type="button" aria-pressed={language === sample?.language} onClick={() => setChosen(language)}>
            {language}
          </button>
        ))}
        <CopyButton text={sample?.code ?? ''} />
      </fieldset>
      <pre>
        <code>{sample?.code}</code>
      </pre>
      {note !== undefined && <p class="note">{note}</p>}
    </section>
  )
}
