/** What the place where text goes can show. */
export interface Terminal {
  width: number;
  color: boolean;
  unicode: boolean;
}

/** What the user asked for; the rest is told from the terminal. */
export interface Display {
  width?: number | undefined;
  color?: 'auto' | 'always' | 'never' | undefined;
  symbols?: 'auto' | 'unicode' | 'ascii' | undefined;
}

/** A terminal wider than this is not filled: long lines are hard to read. */
const WIDEST = 160;
const NARROWEST = 60;

let wanted: Display = {};

/** Said once, when the command line has been read. */
export function useDisplay(display: Display): void {
  wanted = display;
}

/** Width, colour and character set of standard output; a file or pipe gets 80 columns and no colour. */
export function terminal({ noColor, toFile }: { noColor: boolean; toFile: boolean }): Terminal {
  const tty = process.stdout.isTTY && !toFile;
  const { NO_COLOR, TERM, COLUMNS } = process.env;
  const columns = tty ? process.stdout.columns : Number(COLUMNS);
  const found = Math.min(Math.max(Number.isFinite(columns) && columns > 0 ? columns : 80, NARROWEST), WIDEST);
  const { width = found, color = 'auto', symbols = 'auto' } = wanted;
  const coloured =
    color === 'auto' ? tty && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb' : color === 'always';
  return {
    width,
    color: coloured && !noColor && !toFile,
    unicode: symbols === 'auto' ? isUtf8() : symbols === 'unicode',
  };
}

/** POSIX order: LC_ALL, then LC_CTYPE, then LANG. Without any of them a pipe is taken to be UTF-8, as most are. */
function isUtf8(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  return locale === '' || /utf-?8/i.test(locale);
}
