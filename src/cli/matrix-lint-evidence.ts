import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { identify } from '../bundle/artifacts.ts';
import { decode } from '../bundle/decode.ts';
import { openInputs } from '../bundle/open.ts';
import { createRedactor, type SecretClass } from '../bundle/redact/redact.ts';
import { diagnose } from '../diagnose/diagnose.ts';
import { texts } from '../matrix/lint.ts';
import { checkClaim, type ClaimCheck } from '../matrix/lint-claim.ts';
import type { MatrixProblem } from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import type { Tables } from '../model/tables.ts';
import { RULES } from '../rules/index.ts';
import { VERSION } from './version.ts';

/** Folder below matrix-data with one folder per entry. */
export const EVIDENCE = 'evidence';

/** All files of an entry together, as evidence/README.md says. */
const MAX_BYTES = 64 * 1024;
const PATH = /^[A-Za-z0-9._+-]+(?:\/[A-Za-z0-9._+-]+)*$/;

type Remark = Omit<MatrixProblem, 'file'>;

/** What must not be published: said by its kind, never by its value. */
const WORDS: Record<SecretClass, string> = {
  host: 'a host name',
  domain: 'a domain name',
  user: 'a user name',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  mac: 'a MAC address',
  email: 'an e-mail address',
  serial: 'a serial number',
  uuid: 'a UUID',
  key: 'a key',
  token: 'a token',
  password: 'a password',
  ssid: 'the name of a wireless network',
  licence: 'a licence',
  name: 'a name',
};

/** Secrets in the texts of an entry, found as `gpudiag redact` finds them. */
export function entryLeaks(observation: Observation): Remark[] {
  const fields = [...texts(observation, '')];
  return leaksIn(fields.map(([, text]) => text)).map(({ line, secret }) => ({
    field: fields[line]![0],
    message: `holds what looks like ${WORDS[secret]}`,
    fix: 'take it out, or put a word such as host-1 in its place',
  }));
}

/** Secrets in texts of one line each, by the number of the text. An empty line between them keeps each by itself. */
function leaksIn(lines: readonly string[]): { line: number; secret: SecretClass }[] {
  const redactor = createRedactor();
  const path = 'text';
  if (redactor.redact(lines.join('\n\n'), { path }).text === lines.join('\n\n')) return [];
  return redactor
    .log()
    .entries.flatMap(({ class: secret, lines: where }) => where.map((line) => ({ line: (line - 1) / 2, secret })))
    .filter(({ line }) => Number.isInteger(line));
}

/** Ids that have a folder of evidence. */
export function evidenceIds(dir: string): string[] {
  const folder = join(dir, EVIDENCE);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Looks at the files of an entry's evidence and runs the diagnosis on them. */
export async function checkEvidence(
  dir: string,
  observation: Observation,
  tables: Tables,
): Promise<{ problems: MatrixProblem[] } & Pick<ClaimCheck, 'lowered'>> {
  const place = `${EVIDENCE}/${observation.id}`;
  const raw = await openInputs([join(dir, place)]);
  const problems: MatrixProblem[] = [];
  let total = 0;
  for (const { path, bytes, problem } of raw) {
    const report = (message: string, fix: string, field = ''): void =>
      void problems.push({ file: `${place}/${path}`, field, message, fix });
    total += bytes.length;
    if (problem !== undefined) report(problem, 'evidence is a folder of plain text files');
    else if (!PATH.test(path)) report('has a name that is not of letters, digits and . _ + -', 'rename it');
    else {
      const decoded = decode(bytes);
      if ('unreadable' in decoded) report(decoded.unreadable, 'evidence is plain text');
      else for (const leak of fileLeaks(path, decoded.text)) report(leak.message, leak.fix!, leak.field);
    }
  }
  if (total >= MAX_BYTES) {
    problems.push({
      file: place,
      field: '',
      message: `${total} bytes, more than the ${MAX_BYTES} that evidence may have`,
      fix: 'leave only the lines that show the outcome; gpudiag matrix contribute does that',
    });
  }
  if (problems.length > 0) return { problems };
  const files = raw.map((file) => identify(file)).filter((file) => file !== undefined);
  const claim = checkClaim(observation, diagnose(files, { rules: RULES, tables, toolVersion: VERSION }));
  return {
    problems: claim.problems.map((problem) => ({ file: place, ...problem })),
    ...(claim.lowered !== undefined && { lowered: claim.lowered }),
  };
}

function fileLeaks(path: string, text: string): Remark[] {
  const redactor = createRedactor();
  if (redactor.redact(text, { path }).text === text) return [];
  return redactor.log().entries.map(({ class: secret, lines }) => ({
    field: `line ${lines[0] ?? 1}`,
    message: `holds what looks like ${WORDS[secret]}`,
    fix: 'run gpudiag redact on what it was made from',
  }));
}
