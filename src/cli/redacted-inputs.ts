import { createHash } from 'node:crypto';
import type { RawFile } from '../bundle/open.ts';
import { createRedactor } from '../bundle/redact/redact.ts';
import { redactFiles, textsOf } from '../bundle/redact-files.ts';
import { EXIT, ExpectedError } from './errors.ts';

const NOTHING = new Uint8Array();

/**
 * The files as `gpudiag redact` would write them, so that a report made from them cannot hold what they no longer do. Lines
 * keep their numbers. What is no text is left out with the reason.
 * @throws ExpectedError when a value that was found still stands somewhere
 */
export function redactInputs(raw: readonly RawFile[]): readonly RawFile[] {
  const redactor = createRedactor();
  const copy = redactFiles(raw, redactor);
  const leak = redactor.leaks(textsOf(copy))[0];
  if (leak !== undefined) {
    throw new ExpectedError(
      `nothing was printed: after redaction a private value (${leak.class}) still stands in ${leak.path}, line ${leak.line}`,
      EXIT.bug,
      ['this is a bug in gpudiag: please report it with a line of the same form, but without the value'],
    );
  }
  return [
    ...copy.files.map(({ path, bytes }): RawFile => ({ path, bytes, sha256: sha256(bytes) })),
    ...copy.report.leftOut.map(({ path, why }): RawFile => ({
      path,
      bytes: NOTHING,
      sha256: sha256(NOTHING),
      problem: why,
    })),
  ];
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
