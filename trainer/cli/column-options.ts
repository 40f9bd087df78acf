import type { Command } from 'commander'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { type Columns, usualColumns } from '../data/readers/reader.ts'

/** The options that name a file's two columns, as commander hands them over. */
export interface ColumnFlags {
  readonly textColumn: string
  readonly labelColumn: string
}

/** Adds the options that name the two columns of a file of examples. */
export function withColumnOptions(command: Command): Command {
  return command
    .option('--text-column <name>', 'the column or field with the text', usualColumns.text)
    .option('--label-column <name>', 'the column or field with the label', usualColumns.label)
}

/** The columns that `flags` mean. Throws `usage` where they mean one column twice. */
export function columnsOf({ textColumn: text, labelColumn: label }: ColumnFlags): Columns {
  if (text.trim().toLowerCase() !== label.trim().toLowerCase()) return { text, label }
  throw new SoftPromptError(
    'usage',
    `Cannot read text and label from one column, ${excerpt(JSON.stringify(text))}: --text-column and --label-column must name two different columns.`,
  )
}

/** The words of a command that mean `columns`. */
export function columnWords({ text, label }: Columns): string[] {
  return [
    ...(text === usualColumns.text ? [] : ['--text-column', text]),
    ...(label === usualColumns.label ? [] : ['--label-column', label]),
  ]
}
