/** Runs the whole program on an input, in this process, and looks for what must never happen. */
import { createHash } from 'node:crypto';
import type { IdentifiedFile } from '../../src/bundle/artifacts.ts';
import { createBudget } from '../../src/bundle/budget.ts';
import { expand } from '../../src/bundle/expand.ts';
import { DEFAULT_LIMITS } from '../../src/bundle/limits.ts';
import { printable, uniquePath } from '../../src/bundle/names.ts';
import type { RawFile } from '../../src/bundle/open.ts';
import { piecesOf } from '../../src/bundle/pieces.ts';
import { createIdentifier } from '../../src/bundle/provenance.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { addMatrix } from '../../src/matrix/report-part.ts';
import { renderHtml } from '../../src/report/html/report.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderJunit } from '../../src/report/junit.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderPost } from '../../src/report/post.ts';
import { renderSarif } from '../../src/report/sarif.ts';
import { renderText } from '../../src/report/text.ts';
import { renderVerbose } from '../../src/report/verbosity.ts';
import { RULES } from '../../src/rules/index.ts';
import { MATRIX } from '../support/diagnose.ts';
import type { Case } from './mutate.ts';

/** What went wrong: a short line that stays the same while the input gets smaller, and where it happened. */
export interface Violation {
  what: string;
  detail: string;
}

/** Control characters except the newline, format characters, halves of pairs, line separators. */
const UNSAFE = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const TEXT = { width: 80, color: false, unicode: true, verbose: true };
const POST = { place: 'forum', redacted: false } as const;

/** What is wrong with what the program makes of an input; undefined when nothing is. */
export async function check(input: Case): Promise<Violation | undefined> {
  try {
    const { name, bytes } = input;
    const budget = createBudget({ ...DEFAULT_LIMITS, maxEntries: 200, maxBytes: 2 ** 26 });
    const taken = new Set<string>();
    const found = await expand(name, piecesOf(bytes), { siftLogs: true, within: '', budget });
    const raw = found.map((file): RawFile => {
      const sha256 = createHash('sha256').update(file.bytes).digest('hex');
      return { sha256, ...file, path: uniquePath(printable(file.path), taken) };
    });
    const files = raw
      .map(createIdentifier(raw, new Set()))
      .filter((file): file is IdentifiedFile => file !== undefined);
    const diagnosis = diagnose(files, { rules: RULES, tables: MATRIX.tables, toolVersion: 'test' });
    const report = addMatrix(diagnosis, MATRIX);
    const artifacts = diagnosis.reading.artifacts.map(({ artifact }) => artifact);
    const texts = {
      text: renderText(report, TEXT),
      verbose: renderVerbose(report, RULES, TEXT),
      ascii: renderText(report, { ...TEXT, unicode: false }),
      markdown: renderMarkdown(report, { verbose: true }),
      post: renderPost(report, POST),
      html: renderHtml(report, { artifacts, redacted: false }),
    };
    for (const [format, text] of Object.entries(texts)) {
      // Pages show logs as they are, and tabs belong to them.
      const at = (format === 'html' ? text.replaceAll('\t', ' ') : text).search(UNSAFE);
      if (at !== -1) {
        return {
          what: `${format} holds U+${text.codePointAt(at)!.toString(16).padStart(4, '0')}`,
          detail: around(text, at),
        };
      }
    }
    const markup = markupIn(texts.html);
    if (markup !== undefined) return { what: 'html holds markup of the input', detail: markup };
    JSON.parse(renderJson(report));
    JSON.parse(renderSarif([{ report }], { verbose: true, rules: RULES }));
    renderJunit([{ report }], { failOn: 'error' });
    if (Object.keys(Object.prototype).length > 0 || 'polluted' in {})
      return { what: 'a prototype was changed', detail: '' };
    return undefined;
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    const place = /\((?:file:\/\/)?[^)]*\/((?:src|parsers|test)\/[^:)]+:\d+)/.exec(stack)?.[1] ?? '';
    return { what: `throws at ${place}`, detail: message };
  }
}

const around = (text: string, at: number): string => JSON.stringify(text.slice(Math.max(0, at - 40), at + 40));

/** Elements and attributes that only an input brings. */
const markupIn = (html: string): string | undefined =>
  /<script>alert|<img src=x|<[^>]* onerror=|href="javascript:|<!ENTITY/i.exec(html)?.[0];
