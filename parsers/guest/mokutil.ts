/**
 * Whether Secure Boot is on in a Linux guest: `mokutil --sb-state`, or the Secure Boot line of `bootctl status`. Without
 * UEFI variables (BIOS boot) mokutil says so, and nothing is enforced.
 *
 * ```text
 * SecureBoot enabled
 * ```
 * ```json
 * { "line": 1, "secureBoot": "enabled" }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface MokutilFacts extends Located {
  /** `unsupported`: no UEFI or no Secure Boot in this firmware */
  secureBoot?: 'enabled' | 'disabled' | 'unsupported';
  /** no platform key is enrolled: any key may be added */
  setupMode?: boolean;
  /** shim does not check signatures although Secure Boot is on */
  shimValidation?: 'disabled';
  /** the line that says it, as written */
  text: string;
}

const STATES: readonly { regex: RegExp; facts: Omit<MokutilFacts, 'line' | 'text'> }[] = [
  { regex: /^\s*SecureBoot validation is disabled in shim/, facts: { shimValidation: 'disabled' } },
  { regex: /^\s*SecureBoot enabled\b/, facts: { secureBoot: 'enabled' } },
  { regex: /^\s*SecureBoot disabled\b/, facts: { secureBoot: 'disabled' } },
  { regex: /^\s*Secure Boot: enabled\b/, facts: { secureBoot: 'enabled' } },
  { regex: /^\s*Secure Boot: disabled\b/, facts: { secureBoot: 'disabled' } },
  { regex: /^\s*Platform is in Setup Mode/, facts: { setupMode: true } },
  { regex: /^\s*EFI variables are not supported on this system/, facts: { secureBoot: 'unsupported' } },
  { regex: /^\s*This system doesn't support Secure Boot/, facts: { secureBoot: 'unsupported' } },
];

export default defineParser<MokutilFacts>({
  kind: 'mokutil',
  side: 'guest',
  title: 'Secure Boot state of a Linux guest',
  source: 'mokutil --sb-state',
  markers: STATES.map(({ regex }) => regex),
  commands: [/\bmokutil\b.*--sb-state\b/],
  fileNames: [/^mokutil\b/i],
  parse(text) {
    let facts: MokutilFacts | undefined;
    for (const [index, raw] of splitLines(text).entries()) {
      const state = STATES.find(({ regex }) => regex.test(raw));
      if (state) facts = { ...(facts ?? { line: index + 1, text: raw.trim().slice(0, 200) }), ...state.facts };
    }
    return { facts, problems: [] };
  },
});
