import type { Environment } from '../../worker/settings.ts'

declare global {
  namespace Cloudflare {
    interface Env extends Environment {
      /** Files of the checkout, from vitest.config.ts. */
      readonly DISK?: Fetcher
    }
  }
}
