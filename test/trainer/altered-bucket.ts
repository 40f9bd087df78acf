/** Called before each operation, multipart uploads' parts included, with its name and key. May run it in another way. */
export type Interference = (operation: string, key: string, run: () => Promise<unknown>) => Promise<unknown>

/** `bucket`, the real one, with `interfere` around every operation. */
export function alteredBucket<Target extends object>(target: Target, interfere: Interference, key = ''): Target {
  return new Proxy(target, {
    get(object, name) {
      const member: unknown = Reflect.get(object, name)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        const at = key || String(args[0] ?? '')
        const result = await interfere(String(name), at, () => Reflect.apply(member, object, args))
        return name === 'createMultipartUpload' ? alteredBucket(result as object, interfere, at) : result
      }
    },
  })
}
