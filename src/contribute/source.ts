import type { Manifest } from '../bundle/manifest.ts';
import type { RawFile } from '../bundle/open.ts';
import { redactFiles } from '../bundle/redact-files.ts';
import { createRedactor, type Leak, type Redactor } from '../bundle/redact/redact.ts';
import type { Contribution } from './entry.ts';
import type { EvidenceFile } from './evidence.ts';

/** A bundle without private values, and what knows them. */
export interface Source {
  files: EvidenceFile[];
  manifest: Manifest | undefined;
  redactor: Redactor;
}

/** Redacts a bundle, also one that says that it is redacted: it may have been made by another version. */
export function readSource(raw: readonly RawFile[], names: readonly string[]): Source {
  const redactor = createRedactor({ known: names.map((value) => ({ class: 'name', value })) });
  const { files, manifest } = redactFiles(raw, redactor);
  return {
    files: files.map(({ path, bytes }) => ({ path, text: Buffer.from(bytes).toString('utf8') })),
    manifest,
    redactor,
  };
}

/** What a person wrote, with the private values of the bundle and what looks like one replaced. */
export function redactWords<T extends object>(words: T, spared: ReadonlySet<string>, redactor: Redactor): T {
  const texts = Object.entries(words).filter(([key, value]) => typeof value === 'string' && !spared.has(key));
  for (const [, text] of texts) redactor.learn(text as string);
  const redacted = texts.map(([key, text]) => [key, redactor.redact(text as string, { path: 'answers' }).text]);
  return { ...words, ...Object.fromEntries(redacted) } as T;
}

/** Private values that still stand in what would be published. */
export const leaksOf = ({ files }: Contribution, redactor: Redactor): Leak[] => redactor.leaks(files);
