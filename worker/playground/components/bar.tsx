/** A bar as long as `share` of 1. What it shows stands in words beside it. */
export function Bar({ share, class: kind = '' }: { readonly share: number; readonly class?: string }) {
  return (
    <span class={`bar ${kind}`} aria-hidden="true">
      <span style={{ inlineSize: `${Math.min(100, Math.max(0, 100 * share))}%` }} />
    </span>
  )
}
