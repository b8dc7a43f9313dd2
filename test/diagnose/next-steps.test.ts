import { describe, expect, it } from 'vitest';
import { COSTS, type NextStep } from '../../src/model/finding.ts';
import { RULES } from '../../src/rules/index.ts';
import { diagnoseTexts } from '../support/diagnose.ts';

const cost = ({ cost }: NextStep): number => COSTS.indexOf(cost);

describe('the P4 after the pin patch', () => {
  const P4 = {
    'host/freebsd-version.txt': '15.0-RELEASE\n15.0-RELEASE\n15.0-RELEASE\n',
    'host/loader.conf': 'vmm_load="YES"\npptdevs="9/0/0"\n',
    'host/lab.conf': 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="9/0/0"\n',
    'guest/vm/dmesg.txt':
      '[    0.000000] Linux version 6.8.0-55-generic (buildd@host) (gcc) #57-Ubuntu SMP\n' +
      '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
      '[    0.412004] pci 0000:00:07.0: [10de:1bb3] type 00 class 0x030200\n' +
      '[    0.412104] pci 0000:00:07.0: BAR 0 [mem 0xc0000000-0xc0ffffff]\n' +
      '[    0.412105] pci 0000:00:07.0: BAR 1 [mem 0x800000000-0x80fffffff 64bit pref]\n' +
      '[    0.412106] pci 0000:00:07.0: BAR 3 [mem 0x810000000-0x811ffffff 64bit pref]\n' +
      "[    2.988219] nvidia 0000:00:07.0: can't derive routing for PCI INT A\n" +
      '[    4.312001] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n' +
      '[    9.300003] NVRM: GPU 0000:00:07.0: RmInitAdapter failed! (0x31:0xffff:2650)\n',
  };
  const wanted: [string, RegExp, string][] = [
    ['driver branch', /another driver branch/, 'guest-change'],
    ['VBIOS', /rom=FILE.*trimmed/, 'vm-restart'],
    ['the vmm bug of 15.0 before p1', /freebsd-update/, 'host-reboot'],
    ['signature', /KVM signature/, 'rebuild'],
    ['config mirror', /config space mirror/, 'rebuild'],
    ['hardware', /physical machine/, 'hardware'],
  ];

  it.each(wanted)('has a step for: %s', (_name, command, price) => {
    const step = diagnoseTexts(P4).verdict.nextSteps.find((one) => command.test(one.command));
    expect(step?.cost).toBe(price);
    expect(step?.outcomes?.length).toBeGreaterThanOrEqual(2);
  });

  it('has each once, cheapest first', () => {
    const steps = diagnoseTexts(P4).verdict.nextSteps;
    for (const [name, command] of wanted)
      expect(
        steps.filter((step) => command.test(step.command)),
        name,
      ).toHaveLength(1);
    expect(steps.map(cost)).toEqual([...steps.map(cost)].sort((a, b) => a - b));
  });

  it('says what an experiment may do to the host', () => {
    for (const step of diagnoseTexts(P4).verdict.nextSteps.filter((one) => one.cost === 'rebuild')) {
      expect(step.risk).toMatch(/does not start|panic/);
    }
  });

  it('leaves the update out once the host has it', () => {
    const files = { ...P4, 'host/freebsd-version.txt': '15.0-RELEASE-p3\n15.0-RELEASE-p3\n15.0-RELEASE-p3\n' };
    const steps = diagnoseTexts(files).verdict.nextSteps;
    for (const [name, command] of wanted) {
      expect(
        steps.filter((step) => command.test(step.command)),
        name,
      ).toHaveLength(name.startsWith('the vmm bug') ? 0 : 1);
    }
  });

  it('leaves the signature out where the guest already sees KVM', () => {
    const files = {
      ...P4,
      'guest/vm/dmesg.txt': P4['guest/vm/dmesg.txt'].replace(
        '[    0.4',
        '[    0.000001] Hypervisor detected: KVM\n[    0.4',
      ),
    };
    const steps = diagnoseTexts(files).verdict.nextSteps;
    expect(steps.some(({ command }) => /KVM signature/.test(command))).toBe(false);
  });

  it('first asks to look at the file where rom= is given', () => {
    const files = { ...P4, 'host/lab.conf': `${P4['host/lab.conf']}passthru0_options="rom=/vm/roms/p4.rom"\n` };
    const [first] = diagnoseTexts(files).verdict.nextSteps;
    expect(first).toMatchObject({ cost: 'look', on: 'host' });
    expect(first!.command).toMatch(/^od /);
  });
});

describe('a cause that is only possible', () => {
  const examples = RULES.flatMap((rule) =>
    rule.examples.fires.map((example) => [`${rule.code}: ${example.name}`, example] as const),
  );
  it.each(examples)('%s', (_name, { files }) => {
    const { causes, nextSteps } = diagnoseTexts(files).verdict;
    // Once the cause is known, nothing is left to decide.
    if (causes[0]?.confidence === 'confirmed') return;
    const decided = new Set(nextSteps.flatMap(({ decides }) => decides));
    for (const { code, confidence } of causes) if (confidence === 'possible') expect(decided, code).toContain(code);
  });
});
