/** A stretch of a terminal session: the command typed and what it printed. Lines count from 0, `end` is exclusive. */
export interface Exchange {
  command?: string;
  start: number;
  end: number;
}

// `root@host:~ # cmd`, `user@host ~ % cmd`, `[root@host ~]# cmd`, `user@host:/usr/src$ cmd`
const USER_PROMPT = /^\s{0,8}\[?[\w.-]{1,64}@[\w.-]{1,255}(?:[: ][^#$%>\n]{0,120})?\]?\s{0,2}[#$%>]\s?(.*)$/;
// `$ cmd`, `# cmd`, `% cmd`, `> cmd`, `host# cmd`, `~ # cmd`, `bash-5.2$ cmd`
const BARE_PROMPT = /^\s{0,8}(?:[\w.~/-]{1,64}\s?)?[#$%>]\s{1,2}(\S.*)$/;

const privilege = /^(?:(?:sudo|doas)\s+(?:-\S+\s+)*)+/;

/**
 * Cuts a pasted terminal session at its prompts. A prompt without a user name counts only when the command after it is
 * one that `isKnown` knows, because `# ...` may as well be a comment.
 */
export function splitAtPrompts(lines: readonly string[], isKnown: (command: string) => boolean): Exchange[] {
  const exchanges: Exchange[] = [{ start: 0, end: lines.length }];
  lines.forEach((line, i) => {
    if (line.length > 1000 || !/[#$%>]/.test(line)) return;
    const user = USER_PROMPT.exec(line);
    const match = user ?? BARE_PROMPT.exec(line);
    if (match === null) return;
    const command = match[1]!.replace(privilege, '').trim();
    if (user === null && !isKnown(command)) return;
    exchanges.at(-1)!.end = i;
    exchanges.push(command === '' ? { start: i + 1, end: lines.length } : { command, start: i + 1, end: lines.length });
  });
  return exchanges.filter(({ start, end }) => end > start);
}
