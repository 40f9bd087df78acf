#!/usr/bin/env node
import * as commands from './commands/table.ts'
import { main } from './main.ts'

await main(Object.values(commands))
