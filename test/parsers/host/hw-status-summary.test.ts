import { describe, expect, it } from 'vitest';
import summary from '../../../parsers/host/hw-status-summary.ts';

const read = (...lines: string[]) => summary.parse(lines.join('\n')).facts;

describe('head', () => {
  it('reads quoted values and the processor of the newest form', () => {
    expect(
      read('Running: "FreeBSD 15.1-RELEASE GENERIC"', 'Hardware: "82XX_001"', 'CPU: AMD EPYC 4344P 8-Core Processor'),
    ).toMatchObject({
      kernel: { line: 1, release: '15.1-RELEASE', ident: 'GENERIC' },
      hardware: { line: 2, name: '82XX_001' },
      cpu: { line: 3, model: 'AMD EPYC 4344P 8-Core Processor' },
    });
  });

  it('leaves out the host name of the uname form', () => {
    const facts = read(
      'Running: FreeBSD my-laptop 14.3-RELEASE FreeBSD 14.3-RELEASE releng/14.3-n271400-0123456789ab GENERIC amd64',
    );
    expect(facts!.kernel).toMatchObject({
      release: '14.3-RELEASE',
      gitId: 'releng/14.3-n271400-0123456789ab',
      arch: 'amd64',
    });
    expect(JSON.stringify(facts)).not.toContain('my-laptop');
  });
});

describe('processor', () => {
  it('tells which virtualisation the flags list', () => {
    expect(
      read(
        'Vendor:                  GenuineIntel',
        'Model name:              Intel(R) N100',
        'Flags:                   fpu vmx smx',
      )!.cpu,
    ).toEqual({
      line: 2,
      model: 'Intel(R) N100',
      vendor: 'GenuineIntel',
      vmx: true,
      svm: false,
    });
  });

  it('gives no processor without its name', () => {
    expect(read('Architecture:            arm64', 'Total CPU(s):            8')).toEqual({ arch: 'arm64' });
  });
});

it('finds nothing in prose', () => {
  expect(read('I was Running FreeBSD on this Hardware')).toBeUndefined();
});
