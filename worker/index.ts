import { createApp } from './app.ts'
import type { Environment } from './settings.ts'

export { ModelHost } from './host/model-host.ts'

const app = createApp()

export default { fetch: app.fetch } satisfies ExportedHandler<Environment>
