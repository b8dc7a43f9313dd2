import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { guestDmesg, hostPciconf } from '../../bench/generate.ts';
import { identify } from '../../src/bundle/artifacts.ts';
import { LIMITS } from '../../src/bundle/limits.ts';
import { openInputs } from '../../src/bundle/open.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { RULES } from '../../src/rules/index.ts';
import { temporaryFolder } from '../collect/support.ts';
import { MATRIX } from '../support/diagnose.ts';

const XID = '[99999.000001] NVRM: Xid (PCI:0000:00:06): 79, pid=1, name=x, GPU has fallen off the bus.';

const folder = temporaryFolder();
const put = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

describe('a log longer than is read whole', () => {
  let text: string;
  let line: number;
  beforeAll(() => {
    const log = guestDmesg(LIMITS.wholeLogBytes + (1 << 20)).split('\n');
    line = Math.floor(log.length / 2);
    log[line - 1] = XID;
    text = log.join('\n');
  });

  it.each([
    ['plain', (bytes: string) => Buffer.from(bytes)],
    ['compressed', (bytes: string) => gzipSync(bytes, { level: 1 })],
  ])('%s, is read in parts that keep their lines', async (name, pack) => {
    const [file] = await openInputs([put(`${name}.log.gz`, pack(text))], { siftLogs: true });
    expect(file!.bytes.length).toBeLessThan(LIMITS.wholeLogBytes * 0.8);
    expect(file!.sha256).toBe(createHash('sha256').update(text).digest('hex'));
    const identified = identify(file!)!;
    expect(identified.bytes).toBe(text.length);
    expect(identified.lines).toBe(text.split('\n').length - 1);
    expect(identified.problems[0]!.message).toMatch(/its beginning, its end, and the lines between/);
    const { report } = diagnose([identified], { rules: RULES, tables: MATRIX.tables, toolVersion: '0' });
    const xid = report.findings.find(({ code, state }) => code === 'gpu-fell-off-bus' && state === 'present');
    expect(xid?.evidence.map((evidence) => `${evidence.line} ${evidence.quote}`)).toContain(`${line} ${XID}`);
  });

  it('is left whole for those who copy or check', async () => {
    const [file] = await openInputs([put('whole.log', text)]);
    expect(file!.bytes.length).toBe(text.length);
    expect(file!.longLog).toBeUndefined();
  });
});

it('what is no log is read whole', async () => {
  const one = hostPciconf(400);
  const text = one.repeat(Math.ceil((LIMITS.wholeLogBytes + 1) / one.length));
  const [file] = await openInputs([put('pciconf.txt', text)], { siftLogs: true });
  expect(file!.bytes.length).toBe(text.length);
});
