import { useEffect, useState } from 'preact/hooks'

/** How long it says what it did, in ms. */
const shownFor = 2000

export function CopyButton({ text }: { readonly text: string }) {
  const [said, setSaid] = useState('')
  useEffect(() => {
    if (said === '') return
    const timer = setTimeout(() => setSaid(''), shownFor)
    return () => clearTimeout(timer)
  }, [said])
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Cannot copy here'),
    )
  return (
    <button type="button" class="copy" onClick={copy}>
      <span aria-live="polite">{said || 'Copy'}</span>
    </button>
  )
}
