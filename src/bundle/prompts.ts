/** A stretch of a terminal session: the command typed and what it printed. Lines count from 0, `end` is exclusive. */
export interface Exchange {
  command?: string;
  /** line of the prompt; missing before the first one */
  prompt?: number;
  /** first line of what was printed */
  start: number;
  end: number;
  /** true when only the command told the prompt from a comment */
  doubtful?: boolean;
}

// `root@host:~ # cmd`, `user@host ~ % cmd`, `[root@host ~]# cmd`, `user@host:/usr/src$ cmd`, `(venv) user@host ~> cmd`
const USER_PROMPT =
  /^\s{0,8}(?:\([\w.-]{1,40}\) )?\[?[\w.-]{1,64}@[\w.-]{1,255}(?:[: ][^#$%>\n]{0,120})?\]?\s{0,2}[#$%>❯]\s?(.*)$/;
// `PS C:\Users\me> cmd`, `C:\Windows\System32>cmd`
const WINDOWS_PROMPT = /^\s{0,8}(?:PS )?[A-Z]:\\[^>\n]{0,200}>\s?(.*)$/;
// `$ cmd`, `# cmd`, `% cmd`, `> cmd`, `host# cmd`, `~ # cmd`, `host:~ # cmd`, `bash-5.2$ cmd`, `[vmhost]# cmd`, `➜ ~ cmd`
const BARE_PROMPT =
  /^\s{0,8}(?:\[?[\w.~/:-]{1,64}\]?\s?)?[#$%>❯]\s{1,2}(\S.*)$|^\s{0,8}[➜❯]\s{1,2}(?:\S{1,64}\s{1,2})?(\S.*)$/;

const PROMPT_SIGN = /[#$%>❯➜]/;
/** A line of a log, of which there are many, is none: `[    1.234567] `, `<6>` */
const isLogLine = (line: string): boolean => {
  const first = line.charCodeAt(0);
  return first === 0x3c || (first === 0x5b && line.charCodeAt(1) < 0x3a);
};
const PRIVILEGE = /^(?:(?:sudo|doas)\s+(?:-\S+\s+)*)+/;
/** A typed command that is longer is none, or its output is not worth the time. */
const MAX_PROMPT = 2000;

/**
 * Cuts a pasted terminal session at its prompts. A prompt without a user name or drive counts only when the command
 * after it is one that `isKnown` knows, because `# ...` may as well be a comment.
 */
export function splitAtPrompts(
  lines: readonly string[],
  from: number,
  to: number,
  isKnown: (command: string) => boolean,
): Exchange[] {
  const exchanges: Exchange[] = [{ start: from, end: to }];
  for (let i = from; i < to; i += 1) {
    const line = lines[i]!;
    if (line.length > MAX_PROMPT || isLogLine(line) || !PROMPT_SIGN.test(line)) continue;
    const certain = USER_PROMPT.exec(line) ?? WINDOWS_PROMPT.exec(line);
    const match = certain ?? BARE_PROMPT.exec(line);
    if (match === null) continue;
    const command = (match[1] ?? match[2] ?? '').replace(PRIVILEGE, '').trim();
    if (certain === null && !isKnown(command)) continue;
    exchanges.at(-1)!.end = i;
    exchanges.push({
      prompt: i,
      start: i + 1,
      end: to,
      ...(command !== '' && { command }),
      ...(certain === null && { doubtful: true }),
    });
  }
  return exchanges;
}
