import type { html } from 'hono/html'

/** HTML of a page's part. What is put into one is escaped, but for other parts. */
export type Markup = ReturnType<typeof html>
