import { describe, expect, it } from 'vitest';
import parser from '../../../parsers/guest/proc-cpuinfo.ts';

const block = (processor: number, flags: string): string =>
  [
    `processor\t: ${processor}`,
    'vendor_id\t: GenuineIntel',
    'cpu family\t: 6',
    'model\t\t: 158',
    'model name\t: Intel(R) Xeon(R) E-2136 CPU @ 3.30GHz',
    'cpu MHz\t\t: 3311.990',
    `flags\t\t: ${flags}`,
    'bogomips\t: 6623.98',
    'address sizes\t: 39 bits physical, 48 bits virtual',
    'power management:',
    '',
  ].join('\n');

describe('/proc/cpuinfo', () => {
  it('counts CPUs and reads the first', () => {
    expect(parser.parse(`${block(0, 'fpu vme hypervisor lahf_lm')}\n${block(1, 'fpu vme')}`)).toEqual({
      facts: {
        line: 1,
        processors: 2,
        vendor: 'GenuineIntel',
        model: 'Intel(R) Xeon(R) E-2136 CPU @ 3.30GHz',
        hypervisor: true,
        addressSizes: { line: 9, physicalBits: 39, virtualBits: 48 },
      },
      problems: [],
    });
  });

  it('says that a physical CPU is none of a hypervisor, and nothing when flags are not shown', () => {
    expect(parser.parse(block(0, 'fpu vme vmx')).facts?.hypervisor).toBe(false);
    expect(parser.parse('processor : 0\n').facts).toEqual({ line: 1, processors: 1 });
  });

  it('reads an excerpt with blanks for tabs', () => {
    expect(parser.parse('  address sizes   : 46 bits physical, 48 bits virtual\n').facts).toEqual({
      line: 1,
      processors: 1,
      addressSizes: { line: 1, physicalBits: 46, virtualBits: 48 },
    });
  });

  it('counts CPUs of an excerpt by whatever line it kept', () => {
    const kept = 'vendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7302P 16-Core Processor\n';
    expect(parser.parse(kept.repeat(4)).facts).toMatchObject({ processors: 4, vendor: 'AuthenticAMD' });
  });

  it('takes no flag for another that begins like it, and no other file for this one', () => {
    expect(parser.parse('flags\t\t: fpu hypervisor_guest\n').facts?.hypervisor).toBe(false);
    expect(parser.parse('Architecture:  x86_64\nmodel: 158\n').facts).toBeUndefined();
  });
});
