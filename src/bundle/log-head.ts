import { PARSERS } from '../../parsers/index.ts';
import { decode } from './decode.ts';
import { createKindTeller, HEAD } from './kinds.ts';
import { isTar } from './tar.ts';

/**
 * Whether a file may be read as a log, in parts, told from its beginning: text in an encoding that keeps ASCII as it is,
 * and most of what is recognised in it is a log, or nothing is.
 */
export function mayBeLog(beginning: Uint8Array): boolean {
  const head = beginning.subarray(0, HEAD);
  if (isTar(head)) return false;
  const decoded = decode(head);
  if ('unreadable' in decoded || decoded.encoding.startsWith('utf-16')) return false;
  const lines = decoded.text.split('\n');
  const byKind = new Map<string | undefined, number>();
  for (const { kind, start, end } of createKindTeller(PARSERS).runs(lines, 0, lines.length, {})) {
    byKind.set(kind, (byKind.get(kind) ?? 0) + end - start);
  }
  const [[kind] = []] = [...byKind].sort((a, b) => b[1] - a[1]);
  return kind === undefined || PARSERS.find((parser) => parser.kind === kind)?.log === true;
}
