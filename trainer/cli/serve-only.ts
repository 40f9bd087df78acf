import { serveCommand } from './commands/serve.ts'
import { main } from './main.ts'

/** The command line of a container: what serves, and nothing that trains. */
await main([serveCommand])
