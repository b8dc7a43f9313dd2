/** What the place where text goes can show. */
export interface Terminal {
  width: number;
  color: boolean;
  unicode: boolean;
}

/** Width, colour and character set of standard output; a file or pipe gets 80 columns and no colour. */
export function terminal({ noColor, toFile }: { noColor: boolean; toFile: boolean }): Terminal {
  const tty = process.stdout.isTTY && !toFile;
  const { NO_COLOR, TERM, COLUMNS } = process.env;
  const columns = tty ? process.stdout.columns : Number(COLUMNS);
  return {
    width: Math.min(Math.max(Number.isFinite(columns) && columns > 0 ? columns : 80, 60), 160),
    color: tty && !noColor && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb',
    unicode: isUtf8(),
  };
}

/** POSIX order: LC_ALL, then LC_CTYPE, then LANG. Without any of them a pipe is taken to be UTF-8, as most are. */
function isUtf8(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  return locale === '' || /utf-?8/i.test(locale);
}
