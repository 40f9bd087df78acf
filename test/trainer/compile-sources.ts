import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../..', import.meta.url))
const compilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2023,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
}

/** Compiles `shared`, `trainer` and this folder, as they are now, into a temporary folder for child processes. Returns that folder. */
export function compileSources(): string {
  const out = mkdtempSync(join(tmpdir(), 'softprompt-compiled-'))
  symlinkSync(join(root, 'node_modules'), join(out, 'node_modules'), 'junction')
  cpSync(join(root, 'package.json'), join(out, 'package.json'))
  const files = ['shared', 'trainer', 'test/trainer'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(join(root, file), 'utf8'), { fileName: file, compilerOptions })
    mkdirSync(join(out, dirname(file)), { recursive: true })
    writeFileSync(join(out, file.replace(/\.ts$/, '.js')), outputText)
  }
  return out
}
