import { useState } from 'preact/hooks'
import { codeSamples } from '../code-samples.ts'
import { CopyButton } from './copy-button.tsx'

interface Props {
  readonly tasks: readonly string[]
  readonly text: string
  readonly withKey: boolean
}

/** The call that the page just made, to copy. */
export function CodeSamples({ tasks, text, withKey }: Props) {
  const [chosen, setChosen] = useState('curl')
  const samples = codeSamples(location.origin, tasks, text, withKey)
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
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre tabIndex={0}>
        <code>{sample?.code}</code>
      </pre>
    </section>
  )
}
