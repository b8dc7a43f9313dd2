/** Ends of lines, and words at their beginning, that programs have and outputs, logs and configuration files have not. */
const CODE =
  /[;{}([,]\s*$|\)\s*:\s*$|^\s*(?:def|class|import|from|return|if|elif|else|for|while|const|let|var|function|static|#include|#define)\b/;
/** `Flags={INTR_REMAP}` of acpidump(8) */
const SET = /=\{[^{}]*\}\s*$/;
/** An item of a list in prose, which may end with a semicolon. */
const ITEM = /^\s*(?:\d{1,2}[.)]|[*•-])\s/;
/** Fewer lines tell nothing. */
const MIN_LINES = 5;
/** Lines looked at. */
const SAMPLE = 4000;

/** Whether the lines `start` to `end` are a program's source, in which a line may look like a setting by accident. */
export function looksLikeSource(lines: readonly string[], start: number, end: number): boolean {
  let code = 0;
  let total = 0;
  for (let i = start; i < Math.min(end, start + SAMPLE); i += 1) {
    const line = lines[i]!;
    if (line.trim() === '' || line.length > 1000) continue;
    total += 1;
    if (CODE.test(line) && !SET.test(line) && !ITEM.test(line)) code += 1;
  }
  return total >= MIN_LINES && code * 5 > total;
}
