import { CONTAINERS } from '../../parsers/containers.ts';
import { PARSERS } from '../../parsers/index.ts';
import { decode } from '../bundle/decode.ts';
import { identify } from '../bundle/artifacts.ts';
import { openInputs } from '../bundle/open.ts';
import { locate } from '../diagnose/locate.ts';
import { jsonText } from '../report/json-text.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { nearest } from './nearest.ts';

/** Kinds with what prints them, as a table in plain text or as JSON. */
export function listKinds(json: boolean): string {
  const kinds = [...PARSERS, ...CONTAINERS]
    .map((parser) => ({
      kind: parser.kind,
      side: 'side' in parser ? (typeof parser.side === 'string' ? parser.side : 'either') : 'either',
      title: parser.title,
      source: parser.source,
    }))
    .sort((a, b) => (a.kind < b.kind ? -1 : 1));
  if (json) return jsonText(kinds);
  const width = Math.max(...kinds.map(({ kind }) => kind.length));
  return kinds
    .map(({ kind, side, title, source }) => `${kind.padEnd(width)}  ${side.padEnd(6)}  ${title} (${source})`)
    .join('\n');
}

/**
 * Facts of one file as JSON. With a kind, that parser reads the whole text; without one, the file is cut into artifacts
 * as `analyze` does.
 */
export async function parseOne(
  first: string | undefined,
  second: string | undefined,
): Promise<{ text: string; recognised: boolean }> {
  if (first === undefined) {
    throw new ExpectedError('nothing to parse', EXIT.usage, [
      'name a file, or a kind and a file; --list shows the kinds',
    ]);
  }
  const parser = PARSERS.find(({ kind }) => kind === first);
  if (parser === undefined && second !== undefined) {
    const meant = nearest(
      first,
      PARSERS.map(({ kind }) => kind),
    );
    throw new ExpectedError(`no such kind: ${first}`, EXIT.usage, [
      meant === undefined ? 'gpudiag parse --list shows the kinds' : `did you mean ${meant}?`,
    ]);
  }
  const files = await openInputs([parser === undefined ? first : (second ?? '-')]);
  if (files.length !== 1)
    throw new ExpectedError('parse reads one file; use analyze for folders and bundles', EXIT.usage);
  const file = files[0]!;
  if (file.problem !== undefined && file.bytes.length === 0) {
    const meant =
      second === undefined && parser === undefined
        ? nearest(
            first,
            PARSERS.map(({ kind }) => kind),
          )
        : undefined;
    throw new ExpectedError(
      `${file.path}: ${file.problem}`,
      EXIT.input,
      meant === undefined ? [] : [`did you mean the kind ${meant}?`],
    );
  }
  if (parser === undefined) {
    const results = (identify(file)?.artifacts ?? []).map((artifact) => {
      const { facts, problems } = PARSERS.find(({ kind }) => kind === artifact.kind)?.parse(artifact.text) ?? {
        facts: undefined,
        problems: [],
      };
      if (facts !== undefined) locate(facts, artifact);
      return {
        kind: artifact.kind ?? null,
        side: artifact.side,
        firstLine: artifact.firstLine,
        facts: facts ?? null,
        problems,
      };
    });
    const recognised = results.some(({ facts }) => facts !== null);
    if (!recognised)
      throw new ExpectedError(`${file.path}: of no kind that gpudiag knows`, EXIT.input, [
        'gpudiag parse --list shows the kinds',
      ]);
    return { text: jsonText(results.length === 1 ? results[0] : results), recognised };
  }
  const decoded = decode(file.bytes);
  if ('unreadable' in decoded) throw new ExpectedError(`${file.path}: ${decoded.unreadable}`, EXIT.input);
  const { facts, problems } = parser.parse(decoded.text);
  if (facts === undefined) {
    throw new ExpectedError(
      `${file.path}: is not ${parser.kind} text (${parser.source})`,
      EXIT.input,
      problems.map(({ message }) => message),
    );
  }
  return { text: jsonText({ kind: parser.kind, facts, problems }), recognised: true };
}
