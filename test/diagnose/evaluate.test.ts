import { describe, expect, it } from 'vitest';
import { identify, type IdentifiedFile } from '../../src/bundle/artifacts.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import type { LogHit } from '../../src/model/pattern.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Rule } from '../../src/model/rule.ts';
import { MATRIX } from '../support/diagnose.ts';
import { buildRule } from '../support/rules.ts';

/** What one rule makes of some texts. */
function evaluateOn(rule: Rule, files: Record<string, string>): Finding[] {
  const identified = Object.entries(files)
    .map(([path, text]) => identify({ path, bytes: Buffer.from(text), sha256: '' }))
    .filter((file): file is IdentifiedFile => file !== undefined);
  const { report } = diagnose(identified, { rules: [rule], tables: MATRIX.tables, toolVersion: 'test' });
  return report.findings;
}

const LINUX = '[    0.000000] Linux version 6.8.0-45-generic (buildd@host) (gcc) #45-Ubuntu SMP';
const XID = '[   12.000000] NVRM: Xid (PCI:0000:00:06): 79, pid=1, GPU has fallen off the bus.';
const log = (...lines: string[]) => `${lines.join('\n')}\n`;
const patterns = { xid: { regex: /NVRM: Xid \([^)]*\): (?<xid>\d+)/, literals: ['NVRM: Xid ('] } };

/** A rule that keeps the hits it was shown. */
function watching(parts: Partial<Rule> = {}): { rule: Rule; shown: LogHit[]; all: LogHit[] } {
  const seen: { shown: LogHit[]; all: LogHit[] } = { shown: [], all: [] };
  const rule = buildRule('watch', {
    patterns,
    check: ({ hits, hitsOfAllBoots }) => {
      seen.shown.push(...hits('xid'));
      seen.all.push(...hitsOfAllBoots('xid'));
      return hits('xid').length === 0 ? [] : [{ confidence: 'confirmed', evidence: hits('xid') }];
    },
    ...parts,
  });
  return { rule, ...seen };
}

describe('a rule whose needs are missing', () => {
  it('is not evaluated, and says what would supply them', () => {
    const { rule, shown } = watching({ needs: ['host-pci', 'host-bars'] });
    const [finding, ...rest] = evaluateOn(rule, { 'guest/a/dmesg.txt': log(LINUX, XID) });
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      state: 'not-evaluated',
      needs: ['host-pci', 'host-bars'],
      decideWith: 'pciconf -lv; pciconf -lvbBceV',
      decideOn: 'host',
      evidence: [],
    });
    expect(finding!.confidence).toBeUndefined();
    expect(shown).toEqual([]);
  });

  it('needs one of several, and asks for the first', () => {
    const { rule } = watching({ needsAny: ['nvidia-smi', 'guest-log'] });
    expect(evaluateOn(rule, { 'guest/a/dmesg.txt': log(LINUX, XID) })[0]!.state).toBe('present');
    expect(evaluateOn(rule, { 'host/loader.conf': 'vmm_load="YES"\n' })[0]).toMatchObject({
      state: 'not-evaluated',
      needs: ['nvidia-smi'],
      decideOn: 'guest',
    });
  });

  it('whose needs are there and that finds nothing says nothing', () => {
    expect(evaluateOn(watching().rule, { 'guest/a/dmesg.txt': log(LINUX) })).toEqual([]);
  });
});

describe('a claim', () => {
  const claims = (claim: ReturnType<Rule['check']>[number], parts: Partial<Rule> = {}) =>
    evaluateOn(buildRule('one', { check: () => [claim], ...parts }), { 'guest/a/dmesg.txt': log(LINUX, XID) })[0]!;
  const here = { artifact: 'guest/a/dmesg.txt', line: 2 };

  it('takes from the rule what it leaves out', () => {
    expect(claims({ evidence: [here] })).toMatchObject({
      code: 'one',
      state: 'present',
      severity: 'error',
      stage: 'init',
      kind: 'cause',
      confidence: 'likely',
      title: 'Title of one',
      count: 1,
      evidence: [{ ...here, quote: XID, role: 'for' }],
      fix: [{ text: 'Fix one' }],
      references: ['a document'],
    });
  });

  it('has its own say', () => {
    const own = {
      severity: 'warning',
      kind: 'notice',
      title: 'Own',
      confidence: 'possible',
      count: 40,
      fix: [],
      decideWith: 'dmesg',
    } as const;
    expect(claims({ ...own, against: [here] })).toMatchObject({
      ...own,
      decideOn: 'guest',
      evidence: [{ line: 2, role: 'against' }],
    });
  });

  it('of absence has no confidence and no fix', () => {
    const finding = claims({ state: 'absent', against: [here], confidence: 'confirmed' });
    expect(finding).toMatchObject({ state: 'absent', fix: [], references: [] });
    expect(finding.confidence).toBeUndefined();
  });

  it.each([
    ['inferred', 'confirmed', 'likely'],
    ['inferred', 'possible', 'possible'],
    ['seen', 'confirmed', 'confirmed'],
    ['source', 'confirmed', 'confirmed'],
  ] as const)('of %s knowledge that says %s is %s', (knowledge, said, capped) => {
    expect(claims({ confidence: said, evidence: [here] }, { knowledge }).confidence).toBe(capped);
  });
});

describe('hits', () => {
  const boots = log(
    '-- Boot 0123456789abcdef0123456789abcdef --',
    LINUX,
    XID,
    '-- Boot 89abcdef0123456789abcdef01234567 --',
    LINUX,
  );

  it('of older boots are shown only to who asks for them', () => {
    const { rule, shown, all } = watching();
    expect(evaluateOn(rule, { 'guest/a/journal.txt': boots })).toEqual([]);
    expect(shown).toEqual([]);
    expect(all).toMatchObject([{ line: 3, boot: 0, groups: { xid: '79' } }]);
  });

  it('of the last boot are shown, with their line in the file', () => {
    const { rule, shown } = watching();
    evaluateOn(rule, { 'guest/a/journal.txt': `${boots}${XID}\n` });
    expect(shown).toMatchObject([{ line: 6, boot: 1 }]);
  });

  it('of a log are not older because another log in the same file has more boots', () => {
    const { rule, shown } = watching();
    evaluateOn(rule, { 'all.txt': `\`\`\`\n${boots}\`\`\`\n\n\`\`\`\n${log(LINUX, XID)}\`\`\`\n` });
    expect(shown).toMatchObject([{ line: 11, boot: 0 }]);
  });

  it('of each guest carry its name', () => {
    const { rule, shown } = watching();
    evaluateOn(rule, {
      'guest/a/dmesg.txt': log(LINUX, XID),
      'guest/b/dmesg.txt': log(LINUX, XID.replace('79', '31')),
    });
    expect(shown.map(({ guest, groups }) => [guest, groups.xid])).toEqual([
      ['a', '79'],
      ['b', '31'],
    ]);
  });

  it('are looked for only in the kinds and on the side that a pattern asks for', () => {
    const only = (more: object) => watching({ patterns: { xid: { ...patterns.xid, ...more } } });
    const files = { 'guest/a/dmesg.txt': log(LINUX, XID) };
    for (const [more, count] of [
      [{ kinds: ['linux-dmesg'] }, 1],
      [{ kinds: ['freebsd-dmesg'] }, 0],
      [{ side: 'guest' }, 1],
      [{ side: 'host' }, 0],
    ] as const) {
      const { rule, shown } = only(more);
      evaluateOn(rule, files);
      expect(shown.length, JSON.stringify(more)).toBe(count);
    }
  });

  it('of a wrapped record are one', () => {
    const { rule, shown } = watching({
      patterns: { xid: { regex: /BAR1 is 0M @ 0x0/, literals: ['is 0M @ 0x0', 'is invalid:'] } },
    });
    const wrapped = [
      '[    4.310001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:',
      '               NVRM: BAR1 is 0M @ 0x0 (PCI:0000:00:06.0)',
    ];
    evaluateOn(rule, { 'guest/a/dmesg.txt': log(LINUX, ...wrapped) });
    expect(shown.map(({ line }) => line)).toEqual([2]);
  });
});
