/** Lines by which the end of the older text is found in the newer one. */
const ANCHOR_LINES = 3;

/**
 * What a kernel message buffer says that it did not say before: the lines after the last ones of the older text. The
 * buffer is a ring, so its beginning may be gone; when nothing old is left, everything is new.
 */
export function newLines(before: string, after: string): string {
  if (after.startsWith(before)) return after.slice(before.length);
  const old = before.trimEnd().split('\n').slice(-ANCHOR_LINES);
  const lines = after.split('\n');
  for (let end = lines.length; end >= old.length; end -= 1) {
    if (old.every((line, i) => lines[end - old.length + i] === line)) return lines.slice(end).join('\n');
  }
  return after;
}
