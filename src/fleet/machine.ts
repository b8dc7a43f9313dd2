/** `2026-08-01`, `20260801T120000Z`, `2026-08`: a day or a month of this century, not inside a longer word. */
const DATE =
  /(?<![0-9A-Za-z])(20\d\d)([-_.]?)(0[1-9]|1[0-2])(?:\2(0[1-9]|[12]\d|3[01])(?:[T_-]?([01]\d|2[0-3])[:.-]?([0-5]\d)(?:[:.-]?([0-5]\d))?Z?)?)?(?![0-9A-Za-z])/g;
const ENDING = /\.(?:tar|tgz|tar\.gz|gz|zip|txt|log)$/i;
/** What a bundle is called everywhere. */
const COMMON = /^(?:gpudiag|bundle|report|evidence)?(?:-unredacted)?$/i;

/**
 * Name of the machine that a bundle is from, told from the path it was given by: dates, endings and what every bundle is
 * called are left out. `fleet/host07/gpudiag-20260801T120000Z.tar.gz` and `2026-08/host07.tar.gz` give `fleet/host07` and
 * `host07`.
 */
export function machineOf(input: string): string {
  const parts = input
    .replace(ENDING, '')
    .replace(DATE, '')
    .split('/')
    .map((part) => part.replace(/^[-_. ]+|[-_. ]+$/g, ''))
    .filter((part) => part !== '');
  while (parts.length > 1 && COMMON.test(parts.at(-1)!)) parts.pop();
  return parts.join('/') || input;
}

/** The last date in a path, ISO 8601; undefined when there is none. */
export function dateIn(input: string): string | undefined {
  const [, year, , month, day = '01', hour = '00', minute = '00', second = '00'] =
    [...input.matchAll(DATE)].at(-1) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
}
