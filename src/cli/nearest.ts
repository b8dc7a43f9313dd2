/** The word that was probably meant: few letters away from what was typed. Undefined when none is near. */
export const nearest = (typed: string, known: readonly string[]): string | undefined => allNear(typed, known)[0]?.word;

export interface NearWord {
  word: string;
  /** letters to change */
  distance: number;
}

/** The words that few letters separate from what was typed, nearest first; of equals those that hold it whole. */
export function allNear(typed: string, known: readonly string[]): NearWord[] {
  const limit = Math.max(1, Math.floor(typed.length / 3));
  const lower = typed.toLowerCase();
  const holds = ({ word }: NearWord): number => Number(word.includes(lower));
  return known
    .map((word) => ({ word, distance: editDistance(lower, word, limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || holds(b) - holds(a));
}

/** Insertions, deletions, replacements and swaps of neighbours between two words; anything over `limit` is `limit + 1`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return Math.min(row[b.length]!, limit + 1);
}
