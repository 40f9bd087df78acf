/** The names of a table's entries in alphabetical order, as a schema's enum or an option's choices take them. A table has an entry at least. */
export function namesOf<Table extends object>(table: Table): [keyof Table & string, ...(keyof Table & string)[]] {
  return Object.keys(table).sort() as [keyof Table & string, ...(keyof Table & string)[]]
}
