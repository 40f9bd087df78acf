import { useState } from 'preact/hooks'

interface Props {
  readonly value: string
  readonly refused: boolean
  readonly onChange: (key: string) => void
}

/** Asks for the key that the service wants. */
export function ApiKey({ value, refused, onChange }: Props) {
  const [typed, setTyped] = useState(value)
  return (
    <form
      class="panel api-key"
      onSubmit={(event) => {
        event.preventDefault()
        onChange(typed.trim())
      }}
    >
      <label for="api-key">API key</label>
      <input
        id="api-key"
        type="password"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
        aria-describedby="api-key-note"
        aria-invalid={refused}
      />
      <button type="submit">Use this key</button>
      <p id="api-key-note" class="note">
        This service answers only those who have a key. It is kept in this tab until you close it.
      </p>
    </form>
  )
}
