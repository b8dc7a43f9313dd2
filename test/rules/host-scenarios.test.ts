import { describe, expect, it } from 'vitest';
import { diagnoseTexts } from '../support/diagnose.ts';

/**
 * What the rules of the host make of several artifacts together: which one is the cause, what is folded under it, and
 * what must stay silent. The examples in the rule files show each rule alone.
 */
const HOST_BRIDGE =
  'hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x07 hdr=0x00 vendor=0x8086 device=0x3ec2 subvendor=0x1043 subdevice=0x8694\n' +
  '    class      = bridge\n';
const NETWORK =
  'em0@pci0:0:31:6:\tclass=0x020000 rev=0x10 hdr=0x00 vendor=0x8086 device=0x15bc subvendor=0x1043 subdevice=0x8672\n' +
  '    class      = network\n';
const card = (unit: string, bus: number): string =>
  `${unit}@pci0:${bus}:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1c03 subvendor=0x1043 subdevice=0x85b6\n` +
  "    vendor     = 'NVIDIA Corporation'\n    device     = 'GP106 [GeForce GTX 1060 6GB]'\n    class      = display\n";
const sound = (unit: string, bus: number): string =>
  `${unit}@pci0:${bus}:0:1:\tclass=0x040300 rev=0xa1 hdr=0x00 vendor=0x10de device=0x10f1 subvendor=0x1043 subdevice=0x85b6\n` +
  '    class      = multimedia\n';
const RELEASE = 'FreeBSD 14.3-RELEASE releng/14.3-n271432-8c9ce319fef7 GENERIC amd64\n';
const INTEL =
  'CPU: Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz (3192.00-MHz K8-class CPU)\n' +
  '  Origin="GenuineIntel"  Id=0x906ea  Family=0x6  Model=0x9e  Stepping=10\n' +
  '  VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID\n';
const AMD =
  'CPU: AMD Ryzen 7 5700G with Radeon Graphics          (3792.97-MHz K8-class CPU)\n' +
  '  Origin="AuthenticAMD"  Id=0xa50f00  Family=0x19  Model=0x50  Stepping=0\n' +
  '  SVM: NP,NRIP,VClean,AFlush,DAssist,NAsids=32768\n';
const refused = (errno: string): string =>
  `bhyve: PCI device at 1/0/0 is not using the ppt(4) driver\nDevice emulation initialization error: ${errno}\n`;
const VM = 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="1/0/0"\n';
const DMAR = '  DMAR: Length=136, Revision=1, Checksum=41,\n';

const causesOf = (files: Record<string, string>): string[] =>
  diagnoseTexts(files).verdict.causes.map(({ code, confidence }) => `${code} ${confidence}`);

const present = (files: Record<string, string>, code: string) =>
  diagnoseTexts(files).findings.filter((finding) => finding.code === code && finding.state === 'present');

describe('a host that is in order', () => {
  const files = {
    'host/pciconf.txt': HOST_BRIDGE + card('ppt0', 1) + sound('ppt1', 1) + NETWORK,
    'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0 1/0/1"\n',
    'host/render.conf': `${VM}passthru1="1/0/1"\n`,
    'host/sysctl.txt': 'hw.vmm.iommu.enable: 1\nhw.vmm.iommu.initialized: 1\nhw.vmm.amdvi.enable: 0\n',
    'host/acpidump.txt': DMAR,
    'host/dmesg.txt': RELEASE + INTEL,
  };

  it('has no cause and nothing serious', () => {
    const report = diagnoseTexts(files);
    expect(report.verdict.causes).toEqual([]);
    expect(report.findings.filter(({ state, severity }) => state === 'present' && severity !== 'info')).toEqual([]);
  });

  it('says what was ruled out, and by which lines', () => {
    const ruledOut = diagnoseTexts(files).verdict.ruledOut;
    expect(ruledOut.map(({ code }) => code)).toEqual(
      expect.arrayContaining([
        'iommu-disabled',
        'cpu-no-vmx',
        'device-not-ppt',
        'pptdevs-missing',
        'iommu-tunable-off',
      ]),
    );
    for (const { because } of ruledOut) expect(because.every(({ role }) => role === 'against')).toBe(true);
  });

  it('asks for no experiment with a ROM file', () => {
    const commands = diagnoseTexts(files).verdict.nextSteps.map(({ command }) => command);
    expect(commands.join()).not.toContain('rom=');
  });
});

describe('bhyve refuses the device', () => {
  it('because pptdevs cannot be read: one cause, the rest folded under it', () => {
    const report = diagnoseTexts({
      'host/pciconf.txt': HOST_BRIDGE + card('vgapci0', 1) + NETWORK,
      'host/loader.conf': 'vmm_load="YES"\npptdevs="1:0:0"\n',
      'host/bhyve.log': refused('No such file or directory'),
    });
    expect(report.verdict.causes).toHaveLength(1);
    expect(report.verdict.causes[0]).toMatchObject({ code: 'pptdevs-syntax', confidence: 'confirmed' });
    expect(report.verdict.causes[0]!.explains).toEqual(
      expect.arrayContaining(['device-not-ppt', 'device-assign-failed', 'vm-start-failed']),
    );
  });

  it('because no line names it', () => {
    expect(
      causesOf({
        'host/pciconf.txt': HOST_BRIDGE + card('vgapci0', 1) + NETWORK,
        'host/loader.conf': 'vmm_load="YES"\n',
        'host/render.conf': VM,
        'host/bhyve.log': refused('No such file or directory'),
      }),
    ).toEqual(['pptdevs-missing confirmed']);
  });

  it('although it is reserved: on AMD the tunable is the first suspect, on Intel the firmware', () => {
    const files = (cpu: string) => ({
      'host/pciconf.txt': HOST_BRIDGE + card('ppt0', 1),
      'host/dmesg.txt': RELEASE + cpu,
      'host/bhyve.log': refused('Device busy'),
    });
    expect(causesOf(files(AMD))).toEqual(['amdvi-not-enabled possible']);
    expect(causesOf(files(INTEL))).toEqual(['iommu-disabled possible']);
  });

  it('although it is reserved and the firmware offers VT-d: no cause is claimed', () => {
    const files = {
      'host/pciconf.txt': HOST_BRIDGE + card('ppt0', 1),
      'host/acpidump.txt': DMAR,
      'host/bhyve.log': refused('Device busy'),
    };
    expect(causesOf(files)).toEqual([]);
    expect(
      diagnoseTexts(files)
        .verdict.nextSteps.map(({ command }) => command)
        .join(),
    ).toContain('/dev/vmm');
  });

  it('with nothing but its own words: ENOENT points to the driver, EBUSY to nothing in particular', () => {
    expect(causesOf({ 'host/bhyve.log': refused('No such file or directory') })).toEqual(['device-not-ppt likely']);
    expect(causesOf({ 'host/bhyve.log': refused('Device busy') })).toEqual([]);
  });
});

describe('a card on its ordinary driver', () => {
  it('is no fault in the listing of a whole machine', () => {
    expect(causesOf({ 'host/pciconf.txt': HOST_BRIDGE + card('vgapci0', 1) + sound('hdac0', 1) + NETWORK })).toEqual(
      [],
    );
  });

  it('is no fault where the host loads the driver for it, in whatever way', () => {
    const excerpt = card('vgapci0', 1) + sound('hdac0', 1);
    expect(causesOf({ 'host/pciconf.txt': excerpt })).toEqual(['device-not-ppt possible']);
    expect(
      causesOf({ 'host/pciconf.txt': excerpt, 'host/rc.conf': 'kld_list="nvidia-modeset"\nvm_enable="YES"\n' }),
    ).toEqual([]);
    expect(
      causesOf({
        'host/pciconf.txt': excerpt,
        'host/dmesg.txt': `${RELEASE}nvidia0: <GeForce GTX 1060 6GB> on vgapci0\n`,
      }),
    ).toEqual([]);
    expect(causesOf({ 'host/pciconf.txt': excerpt, 'host/rc.conf': 'kld_list="i915kms"\nvm_enable="YES"\n' })).toEqual([
      'device-not-ppt possible',
    ]);
  });

  it('is not asked about when an excerpt shows something else too', () => {
    expect(causesOf({ 'host/pciconf.txt': card('vgapci0', 1) + NETWORK })).toEqual([]);
  });

  it('names all functions of the card in the fix, and neither bridges nor the network', () => {
    const bridge =
      'pcib1@pci0:0:1:0:\tclass=0x060400 rev=0x07 hdr=0x01 vendor=0x8086 device=0x1901 subvendor=0x1043 subdevice=0x8694\n' +
      '    class      = bridge\n';
    const [finding] = present(
      { 'host/pciconf.txt': bridge + card('vgapci0', 1) + sound('hdac0', 1) },
      'device-not-ppt',
    );
    expect(finding!.fix[0]!.file!.lines).toEqual(['vmm_load="YES"', 'pptdevs="1/0/0 1/0/1"']);
  });

  it('keeps what pptdevs names already', () => {
    const [finding] = present(
      {
        'host/pciconf.txt': HOST_BRIDGE + card('ppt0', 4) + card('vgapci0', 1) + NETWORK,
        'host/loader.conf': 'vmm_load="YES"\npptdevs="4/0/0"\n',
        'host/render.conf': VM,
      },
      'device-not-ppt',
    );
    expect(finding!.fix[0]!.file!.lines).toContain('pptdevs="4/0/0 1/0/0"');
  });
});

describe('the log of vm-bhyve', () => {
  const attempt = (time: string): string =>
    `Feb 02 ${time}: initialising\n` +
    `Feb 02 ${time}:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 6:0,passthru,3/0/0]\n` +
    `Feb 02 ${time}: starting bhyve (run 1)\n`;

  it('counts only the last attempt', () => {
    const refusal =
      'Feb 02 10:00:00: initialising\n' +
      'Feb 02 10:00:00: fatal; pci passthrough not supported on this system (no VT-d or amdvi)\n';
    expect(causesOf({ 'host/vm-bhyve.log': refusal })).toEqual(['iommu-disabled likely']);
    expect(causesOf({ 'host/vm-bhyve.log': refusal + attempt('11:00:00') })).toEqual([]);
  });

  it('tells a failed start from a guest that was switched off', () => {
    const ended = (status: number) => `${attempt('11:00:00')}Feb 02 12:00:00: bhyve exited with status ${status}\n`;
    for (const status of [0, 1, 2])
      expect(present({ 'host/vm-bhyve.log': ended(status) }, 'vm-start-failed')).toEqual([]);
    for (const status of [4, 134])
      expect(present({ 'host/vm-bhyve.log': ended(status) }, 'vm-start-failed')).toHaveLength(1);
  });
});

describe('notices', () => {
  it('never hide a cause', () => {
    // Kernel and userland differ, which is worth a warning; the card is not reserved, which is the fault.
    const causes = causesOf({
      'host/freebsd-version.txt': '14.2-RELEASE-p1\n14.2-RELEASE-p1\n14.3-RELEASE\n',
      'host/pciconf.txt': HOST_BRIDGE + card('vgapci0', 1) + NETWORK,
      'host/render.conf': VM,
    });
    expect(causes).toEqual(['device-not-ppt likely']);
  });

  it('speak of switched-off virtualization on a machine that does not use it, and of a cause where it is used', () => {
    const dmesg = `${RELEASE}${INTEL.replace('VT-x: PAT', 'VT-x: (disabled in BIOS) PAT')}`;
    expect(causesOf({ 'host/dmesg.txt': dmesg })).toEqual([]);
    expect(causesOf({ 'host/dmesg.txt': dmesg, 'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0"\n' })).toEqual([
      'cpu-no-vmx confirmed',
    ]);
  });
});
