import { env } from 'cloudflare:workers'
import { createApp } from './app.ts'
import { servicesOf } from './cloudflare/services.ts'
import type { Environment } from './environment.ts'
import { keyWarnings } from './middleware/api-keys.ts'

export { ModelHost } from './host/model-host.ts'

// Once, when an isolate starts.
for (const warning of keyWarnings((env as Partial<Environment>).API_KEYS)) console.warn(warning)

const app = createApp(servicesOf)

export default { fetch: app.fetch } satisfies ExportedHandler<Environment>
