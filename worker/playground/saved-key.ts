/** Under which the key is kept: until the tab is closed, and for this origin alone. */
const name = 'softprompt-api-key'

/** The API key that was last accepted in this tab, or an empty text. */
export function savedKey(): string {
  try {
    return sessionStorage.getItem(name) ?? ''
  } catch {
    return '' // a browser that keeps nothing for this page
  }
}

export function saveKey(key: string): void {
  try {
    if (key === '') sessionStorage.removeItem(name)
    else sessionStorage.setItem(name, key)
  } catch {
    // it has to be typed again after a reload
  }
}
