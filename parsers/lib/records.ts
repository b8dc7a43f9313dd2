/**
 * A dictionary safe for keys that come from untrusted text: no prototype, so `__proto__` and `constructor` are plain
 * keys. Serialises as an ordinary object.
 */
export function dictionary<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}
