import { describe, expect, it } from 'vitest';
import { WINDOWS_PROBLEMS } from '../../parsers/guest/windows-pnp.ts';
import { createKnowledge } from '../../src/explain/knowledge.ts';
import { readLine, withFindings } from '../../src/explain/line.ts';
import { lookUp } from '../../src/explain/lookup.ts';
import { search } from '../../src/explain/search.ts';
import { RULES } from '../../src/rules/index.ts';
import { MATRIX } from '../support/diagnose.ts';

const KNOWLEDGE = createKnowledge(RULES, MATRIX);
const ids = (typed: string): string[] => lookUp(typed, KNOWLEDGE).map(({ id }) => id);

describe('what can be looked up', () => {
  it('has ids of its own, a title and something to say', () => {
    expect(KNOWLEDGE.byId.size).toBe(KNOWLEDGE.topics.length);
    for (const { id, title, parts, lead } of KNOWLEDGE.topics) {
      expect(title, id).not.toBe('');
      expect(parts.length + (lead ?? '').length, id).toBeGreaterThan(0);
    }
  });

  it('holds every rule, Xid, patch, stage and report', () => {
    const count = (type: string): number => KNOWLEDGE.topics.filter((topic) => topic.type === type).length;
    expect(count('finding')).toBe(RULES.length);
    expect(count('xid')).toBe(MATRIX.tables.xids.size);
    expect(count('patch')).toBe(MATRIX.tables.patches.length);
    expect(count('stage')).toBe(11);
    expect(count('observation')).toBe(MATRIX.observations.length);
  });

  it('says something about every problem code that the parser names, and only about those', () => {
    const told = KNOWLEDGE.topics.filter(({ type }) => type === 'windows').map(({ data }) => String(data['problem']));
    expect(told).toEqual(Object.keys(WINDOWS_PROBLEMS));
  });

  it('names only findings that exist', () => {
    const codes = new Set(RULES.map(({ code }) => code));
    for (const { id, type, related } of KNOWLEDGE.topics) {
      if (type === 'windows' || type === 'nvidia-smi' || type === 'rm-init') {
        for (const code of related) expect(codes, `${id} names ${code}`).toContain(code);
      }
    }
  });
});

describe('a name', () => {
  it.each([
    ['nvidia-intpin-missing', 'nvidia-intpin-missing'],
    [' NVIDIA-intpin-missing ', 'nvidia-intpin-missing'],
    ['finding nvidia-intpin-missing', 'nvidia-intpin-missing'],
    ['xid:79', 'xid:79'],
    ['Xid 79', 'xid:79'],
    ['xid79', 'xid:79'],
    ['xid', 'xid'],
    ['0x31:0xffff', 'rm-init:0x31:0xffff'],
    ['rm-init:0x31:0xffff', 'rm-init:0x31:0xffff'],
    ['0x31:0xFFFF:2767', 'rm-init:0x31:0xffff'],
    ['(0x31:0xffff:2767)', 'rm-init:0x31:0xffff'],
    ['RmInitAdapter failed! (0x31:0xffff:2767)', 'rm-init:0x31:0xffff'],
    ['rm-init:0x31', 'rm-init:0x31'],
    ['nvidia-smi:9', 'nvidia-smi:9'],
    ['exit 9', 'nvidia-smi:9'],
    ['exit code 9', 'nvidia-smi:9'],
    ['nvidia-smi exited with 9', 'nvidia-smi:9'],
    ['code 43', 'windows:43'],
    ['windows:43', 'windows:43'],
    ['Windows code 43', 'windows:43'],
    ['CM_PROB_FAILED_POST_START', 'windows:43'],
    ['boot', 'boot'],
    ['stage boot', 'boot'],
    ['driver-init-fails', 'driver-init-fails'],
    ['d51892', 'D51892'],
    ['10DE:1BB3', '10de:1bb3'],
    ['tesla p4', '10de:1bb3'],
    ['15.0', '15.0-RELEASE'],
    ['FreeBSD 15.0', '15.0-RELEASE'],
    ['driver 580', 'driver:580'],
    ['580', 'driver:580'],
    ['ca-p4-05', 'ca-p4-05'],
  ])('%s is %s', (typed, id) => expect(ids(typed)[0]).toBe(id));

  it('that is a bare number is an Xid first, and all else that is called so after it', () => {
    expect(ids('79')).toEqual(['xid:79']);
    expect(ids('43')).toEqual(['xid:43', 'windows:43']);
    expect(ids('9')).toEqual(['xid:9', 'nvidia-smi:9']);
  });

  it.each(['xid:999', 'xids', 'exit', '0xdead:0xbeef', 'code 99', 'stage nowhere', 'zebra', ''])(
    '%j is none',
    (typed) => expect(ids(typed)).toEqual([]),
  );

  it('of an Xid or a triple comes with the findings that report it', () => {
    const related = (typed: string) => withFindings(lookUp(typed, KNOWLEDGE)[0]!, KNOWLEDGE).related;
    expect(related('79')).toContain('gpu-fell-off-bus');
    expect(related('0x31:0xffff')).toEqual(expect.arrayContaining(['rm-init-adapter-failed', 'vbios-unreadable']));
    expect(related('43')).not.toContain('gpu-fell-off-bus');
  });

  it('keeps the third number of a triple apart, which says nothing', () => {
    expect(lookUp('0x31:0xffff:2767', KNOWLEDGE)[0]!.parts.at(-1)).toMatchObject({ label: 'Line:' });
    expect(lookUp('0x31:0xffff', KNOWLEDGE)[0]!.parts.at(-1)).toMatchObject({ label: 'Status:' });
  });
});

describe('a line of a log', () => {
  const meaning = (line: string) => {
    const { topics, findings } = readLine(line, KNOWLEDGE);
    const given = (gives: string) => findings.filter((finding) => finding.gives === gives).map(({ id }) => id);
    return { topics: topics.map(({ id }) => id), alone: given('alone'), more: given('more') };
  };

  it.each([
    ['NVRM: Xid (PCI:0000:00:06): 79, pid=0, GPU has fallen off the bus.', 'xid:79', 'gpu-fell-off-bus'],
    ['NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (0x31:0xffff:2767)', 'rm-init:0x31:0xffff', 'vbios-unreadable'],
    [
      '[   14.2] NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (0x31:0xffff:2767)',
      'rm-init:0x31:0xffff',
      'vbios-unreadable',
    ],
    ['No devices were found', 'nvidia-smi:6', 'nvidia-smi-no-devices'],
    [
      'Windows has stopped this device because it has reported problems. (Code 43)',
      'windows:43',
      'windows-device-failed',
    ],
    ['passthru requires guest memory to be wired', 'memory-not-wired', 'memory-not-wired'],
    ['PCI device at 1/0/0 is not using the ppt driver', 'device-not-ppt', 'device-not-ppt'],
  ])('%s', (line, topic, finding) => {
    const found = meaning(line);
    expect(found.topics).toEqual([topic]);
    expect(found.alone).toContain(finding);
  });

  it('that proves nothing alone is known to the findings that ask for more', () => {
    const found = meaning("NVRM: Can't find an IRQ for your NVIDIA card!");
    expect(found.more).toContain('nvidia-intpin-missing');
    expect(found.alone).not.toContain('nvidia-intpin-missing');
  });

  it.each([
    'usb 1-1: new high-speed USB device number 2 using xhci_hcd',
    'Xid is a word that people write 79 times',
    'the quick brown fox',
    '\u001b[31m\u0000\ufffd',
  ])('that nothing knows gives nothing: %j', (line) =>
    expect(meaning(line)).toEqual({ topics: [], alone: [], more: [] }),
  );
});

it('a line of brackets without end costs little', () => {
  expect(readLine('('.repeat(90_000), KNOWLEDGE)).toMatchObject({ topics: [], findings: [] });
});

describe('search', () => {
  const found = (query: string): string[] => search(query, KNOWLEDGE.topics).map(({ id }) => id);

  it('puts what is called so first', () => {
    expect(found('intpin')[0]).toBe('nvidia-intpin-missing');
    expect(found('interrupt pin').slice(0, 2)).toEqual(['nvidia-intpin-missing', 'D51892']);
    expect(found('fallen off the bus')).toContain('gpu-fell-off-bus');
    expect(found('wired memory')[0]).toBe('memory-not-wired');
  });

  it('looks into log lines that rules know, fixes, patches and reports', () => {
    expect(found("Can't find an IRQ")).toContain('nvidia-intpin-missing');
    expect(found('pptdevs')).toContain('pptdevs-missing');
    expect(found('huataihuang cloud-atlas').length).toBeGreaterThan(0);
  });

  it('finds only what holds all words, while there is such a thing', () => {
    const both = search('interrupt pin', KNOWLEDGE.topics);
    expect(both.length).toBeGreaterThan(0);
    expect(both.length).toBeLessThan(search('interrupt', KNOWLEDGE.topics).length);
    expect(found('interrupt zebra')).toEqual(found('interrupt'));
    expect(search('interrupt zebra', KNOWLEDGE.topics, 0.6)).toEqual([]);
  });

  it('takes the beginning of a word, shows where it stands, and finds nothing in nothing', () => {
    expect(found('interr')).toContain('nvidia-intpin-missing');
    const hit = search('pin', KNOWLEDGE.topics).find(({ id }) => id === 'nvidia-intpin-missing')!;
    expect(hit.snippet.toLowerCase()).toContain('pin');
    expect(hit.snippet.length).toBeLessThanOrEqual(170);
    expect(found('zebra')).toEqual([]);
    expect(found('...')).toEqual([]);
  });
});
