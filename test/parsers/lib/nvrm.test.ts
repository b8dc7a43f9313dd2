import { describe, expect, it } from 'vitest';
import { createNvrmCollector, nvrmBdf, readBanner } from '../../../parsers/lib/nvrm.ts';
import type { NvrmFacts } from '../../../parsers/lib/nvrm.ts';

const read = (...texts: string[]): NvrmFacts => {
  const collector = createNvrmCollector();
  texts.forEach((text, i) => collector.add({ text, line: i + 1 }));
  return collector.facts()!;
};

describe('readBanner', () => {
  it.each([
    [
      'NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22',
      { version: '550.54.14', flavour: 'proprietary', arch: 'x86_64' },
    ],
    [
      'NVIDIA UNIX Open Kernel Module for aarch64  575.51.02  Release Build',
      { version: '575.51.02', flavour: 'open', arch: 'aarch64' },
    ],
    ['NVIDIA Linux x86 Kernel Module  96.43.20  Wed', { version: '96.43.20', flavour: 'proprietary', arch: 'x86' }],
    [
      'NVIDIA Kernel Mode Setting Driver for UNIX platforms  470.82.00',
      { version: '470.82.00', flavour: 'proprietary' },
    ],
    [
      'NVIDIA UNIX Open Kernel Mode Setting Driver for x86_64  565.57.01',
      { version: '565.57.01', flavour: 'open', arch: 'x86_64' },
    ],
    [
      'NVIDIA UNIX Open Kernel Module for x86_64  565.57.01-custom.2  Release',
      { version: '565.57.01-custom.2', flavour: 'open' },
    ],
  ])('%s', (text, expected) => expect(readBanner(text)).toMatchObject(expected));

  it('is silent about anything else', () => expect(readBanner('NVIDIA driver 550.54.14 installed')).toBeUndefined());
});

describe('nvrmBdf', () => {
  it.each([
    ['PCI:0000:00:08', '0000:00:08.0'],
    ['0000:0A:00.1', '0000:0a:00.1'],
    ['PCI:0002:05:00', '0002:05:00.0'],
    ['PCI:0001:00.0', '0000:01:00.0'],
    ['0003:00', '0000:03:00.0'],
    ['PCI:20000000:02.0', undefined],
  ])('%s', (written, expected) => expect(nvrmBdf(written)).toBe(expected));
});

describe('Xid lines', () => {
  it('reads process, MIG instances and message', () => {
    const { xids } = read(
      'NVRM: Xid (PCI:0000:00:08): 13, Graphics SM Warp Exception on (GPC 0, TPC 1): Illegal Instruction',
      "NVRM: Xid (PCI:0000:00:09): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.",
      'NVRM: Xid (PCI:0000:0a:00 GPU-I:03 GPU-CI:01): 94, pid=4242, name=train, Contained: SM (0x1)',
      'NVRM: Xid (0000:0b:00): 14, Channel 00000002',
      'NVRM: Xid (0002:00): 6, PE0001',
    );
    expect(xids).toMatchObject([
      {
        bdf: '0000:00:08.0',
        xid: 13,
        events: [{ message: 'Graphics SM Warp Exception on (GPC 0, TPC 1): Illegal Instruction' }],
      },
      { bdf: '0000:00:09.0', xid: 79, events: [{ message: 'GPU has fallen off the bus.' }] },
      { bdf: '0000:0a:00.0', xid: 94, events: [{ pid: 4242, process: 'train', gpuInstance: 3, computeInstance: 1 }] },
      { bdf: '0000:0b:00.0', xid: 14 },
      { bdf: '0000:02:00.0', xid: 6 },
    ]);
    expect(xids[1]!.events[0]).not.toHaveProperty('pid');
    expect(xids[1]!.events[0]).not.toHaveProperty('process');
  });

  it('counts by GPU and number and keeps the first different ones', () => {
    const flood = Array.from({ length: 50 }, (_, i) => `NVRM: Xid (PCI:0000:00:08): 31, pid=${i}, name=app, Ch ${i}`);
    const { xids } = read(...flood, flood[0]!, flood[0]!);
    expect(xids).toHaveLength(1);
    expect(xids[0]).toMatchObject({ count: 52, line: 1, lastLine: 52 });
    expect(xids[0]!.events).toHaveLength(20);
    expect(xids[0]!.events[0]).toMatchObject({ count: 3, pid: 0 });
  });

  it('tells what a GSP timeout waited for', () => {
    const { rpcTimeouts } = read(
      'NVRM: Xid (PCI:0000:00:08): 119, pid=7, name=app, Timeout after 8s of waiting for RPC response from GPU2 GSP! Expected function 78 (GSP_TEST) (0x1 0x2).',
      'NVRM: GPU1 _kgspLogRpcSanityCheckFailure: GPU1 sanity check failed 0xf waiting for RPC response from GSP. Expected function 4097 (GSP_INIT_DONE) sequence 0 (0x0 0x0).',
      'NVRM: Timeout waiting for RPC from GSP! Expected function FREE (0x0 0x0).',
    );
    expect(rpcTimeouts).toMatchObject([
      { functionNumber: 78, functionName: 'GSP_TEST', instance: 'GPU2', seconds: 8 },
      { functionNumber: 4097, functionName: 'GSP_INIT_DONE', instance: 'GPU1' },
      { functionName: 'FREE' },
    ]);
  });
});

describe('failed initialisation', () => {
  it('reads the triple in every address form and counts it by GPU', () => {
    const { initFailures, openFailures } = read(
      'NVRM: GPU 0000:00:08.0: RmInitAdapter failed! (0x25:0x65:1214)',
      'NVRM: GPU 0000:00:08.0: rm_init_adapter failed, device minor number 0',
      'NVRM: GPU0000:00:08.0: RmInitAdapter failed! (0x25:0x65:1214)',
      'NVRM: RmInitAdapter failed! (0x30:0xFFFFFFFF:663)',
      'NVRM: rm_init_adapter failed for device bearing minor number 2',
      'NVRM: rm_init_adapter(1) failed',
    );
    expect(initFailures).toEqual([
      {
        bdf: '0000:00:08.0',
        stage: '0x25',
        status: '0x65',
        sourceLine: 1214,
        raw: 'RmInitAdapter failed! (0x25:0x65:1214)',
        count: 2,
        line: 1,
        lastLine: 3,
      },
      {
        stage: '0x30',
        status: '0xffffffff',
        sourceLine: 663,
        raw: 'RmInitAdapter failed! (0x30:0xFFFFFFFF:663)',
        count: 1,
        line: 4,
        lastLine: 4,
      },
    ]);
    expect(openFailures.map(({ minor }) => minor)).toEqual([0, 2, 1]);
  });

  it('names the status of an assertion as the driver pairs it', () => {
    const { statuses } = read(
      'NVRM: nvCheckOkFailedNoLog: Check failed: Out of memory [NV_ERR_NO_MEMORY] (0x00000051) returned from foo(pGpu) @ foo.c:12',
    );
    expect(statuses).toMatchObject([
      { name: 'NV_ERR_NO_MEMORY', code: '0x00000051', text: 'NV_ERR_NO_MEMORY (0x00000051)' },
    ]);
  });
});

describe('refusals at probe', () => {
  it.each([
    [
      'NVRM: The NVIDIA GPU 0000:00:08.0 (PCI ID: 10de:1b38) installed in this system is not supported by open nvidia.ko because it does not include the required GPU System Processor (GSP).',
      { reason: 'open-module-without-gsp', bdf: '0000:00:08.0', pciId: '10de:1b38' },
    ],
    [
      // what a grep for "nvidia" leaves of it
      'NVRM: The NVIDIA GPU 0000:00:08.0 (PCI ID: 10de:1b38) nvidia.ko because it does not include the required GPU',
      { reason: 'open-module-without-gsp', bdf: '0000:00:08.0' },
    ],
    [
      'NVRM: The NVIDIA GPU 0000:00:08.0 (PCI ID: 10de:2bb1) installed in this system requires use of the NVIDIA open kernel modules.',
      { reason: 'open-module-required', pciId: '10de:2bb1' },
    ],
    [
      "NVRM: The NVIDIA GPU 0000:00:08.0 (PCI ID: 10de:2684) installed in this system is not supported by the NVIDIA 470.82.00 driver release. Please see 'Appendix A",
      { reason: 'release-without-support', driverVersion: '470.82.00' },
    ],
    [
      "NVRM: The NVIDIA GPU 0000:00:08.0 (PCI ID: 10de:1e07) installed in this system is not supported by the 390.48 NVIDIA Linux driver release. Please see 'Appendix A",
      { reason: 'release-without-support', driverVersion: '390.48' },
    ],
    [
      'NVRM: The NVIDIA GPU 0000:00:08.0 (PCI ID: 10de:1b38) installed in this system has fallen off the bus and is not responding to commands.',
      { reason: 'fallen-off-bus' },
    ],
    [
      'NVRM: The NVIDIA vGPU 0000:00:08.0 (PCI ID: 10de:25b6) installed in this vGPU host system is not supported by open nvidia.ko',
      { reason: 'vgpu-on-open-module' },
    ],
  ])('%s', (text, expected) => expect(read(text).refusals).toMatchObject([expected]));

  it('reads the branch that a retired GPU needs', () => {
    const { legacyGpus } = read(
      'NVRM: The NVIDIA GeForce GT 9999 GPU installed in this system is supported through the NVIDIA 470.xx Legacy drivers. Please visit http://www.nvidia.com/object/unix.html for more information. The 550.54.14 NVIDIA driver will ignore this GPU. Continuing probe...',
      'NVRM: The NVIDIA Quadro FX 9 GPU installed in this system is supported through the NVIDIA 173.14.xx Legacy drivers. Please visit',
      'NVRM: ignoring the legacy GPU 0000:00:08.0',
    );
    expect(legacyGpus).toMatchObject([
      { name: 'GeForce GT 9999', branch: '470.xx', driverVersion: '550.54.14' },
      { name: 'Quadro FX 9', branch: '173.14.xx' },
      { bdf: '0000:00:08.0' },
    ]);
  });

  it('reads BARs, claimed regions, interrupts, owners and probe results', () => {
    const facts = read(
      'NVRM: This PCI I/O region assigned to your NVIDIA device is invalid: BAR3 is 0M @ 0x0 (PCI:0000:00:08.0)',
      'NVRM: This PCI I/O region assigned to your NVIDIA device is invalid: BAR1 is 256M @ 0x10000000 (PCI:0000:00:08.0) This is a 64-bit BAR mapped above 4GB by the system BIOS or Linux kernel.',
      'NVRM: request_mem_region failed for 32M @ 0xd8000000. This can occur when a driver such as rivatv is loaded',
      "NVRM: Can't find an IRQ for your NVIDIA card! Please check your BIOS settings.",
      'NVRM: GPU 0000:00:08.0: Failed to enable MSI; falling back to PCIe virtual-wire interrupts.',
      'NVRM: GPU 0000:00:08.0: Failed to enable MSI-X.',
      'NVRM: GPU 0000:00:08.0: request_irq() failed (-107)',
      'NVRM: GPU 0000:00:08.0 is already bound to vfio-pci.',
      'nvidia: probe of 0000:00:08.0 failed with error -1',
      'nvidia 0000:00:08.0: probe with driver nvidia failed with error -12',
      'NVRM: The NVIDIA probe routine was not called for 2 device(s). This can occur when another driver was loaded',
      'NVRM: The NVIDIA probe routine failed for 1 device(s).',
      'NVRM: None of the NVIDIA graphics adapters were initialized!',
      'NVRM: No NVIDIA GPU found.',
    );
    expect(facts.invalidBars).toMatchObject([
      { bar: 3, size: 0, address: '0x0', bdf: '0000:00:08.0' },
      { bar: 1, size: 268435456, address: '0x10000000', above4G: true },
    ]);
    expect(facts.invalidBars[0]).not.toHaveProperty('above4G');
    expect(facts.regionConflicts).toMatchObject([{ size: 33554432, address: '0xd8000000' }]);
    expect(facts.interruptProblems).toMatchObject([
      { problem: 'no-irq' },
      { problem: 'msi-failed', bdf: '0000:00:08.0' },
      { problem: 'msix-failed' },
      { problem: 'request-failed', error: -107 },
    ]);
    expect(facts.owners).toMatchObject([{ bdf: '0000:00:08.0', driver: 'vfio-pci' }]);
    expect(facts.probeFailures).toMatchObject([{ error: -1 }, { error: -12, driver: 'nvidia' }]);
    expect(facts.probeSummaries).toMatchObject([
      { outcome: 'not-called', devices: 2 },
      { outcome: 'failed', devices: 1 },
      { outcome: 'none-initialised' },
      { outcome: 'none-found' },
    ]);
  });
});

describe('the rest', () => {
  it('reads both forms of an API mismatch', () => {
    const { apiMismatches } = read(
      'NVRM: API mismatch: the client has the version 545.29.06, but this kernel module has the version 545.23.08. Please make sure',
      "NVRM: API mismatch: the client 'nvidia-smi' (pid 99) has the version 570.10, but this kernel module has the version 570.20.",
    );
    expect(apiMismatches).toMatchObject([
      { client: '545.29.06', kernel: '545.23.08' },
      { client: '570.10', kernel: '570.20' },
    ]);
  });

  it('follows modules as they come and go', () => {
    const { moduleEvents, banners, modesetBanners, drm } = read(
      'nvidia-nvlink: Nvlink Core is being initialized, major device number 234',
      'NVRM: loading NVIDIA UNIX x86_64 Kernel Module 550.54.14 Thu Feb 22 01:44:30 UTC 2024',
      'nvidia-modeset: Loading NVIDIA Kernel Mode Setting Driver for UNIX platforms 550.54.14 Thu Feb 22',
      '[drm] [nvidia-drm] [GPU ID 0x00000008] Loading driver',
      '[drm:nv_drm_load [nvidia_drm]] *ERROR* [nvidia-drm] [GPU ID 0x00000500] Failed to allocate NvKmsKapiDevice',
      'nvidia-uvm: Loaded the UVM driver, major device number 500.',
      'nvidia-modeset: Unloading',
      'nvidia-nvlink: Unregistered the Nvlink Core, major device number 234',
      'nvidia-nvlink: Nvlink Core is being initialized, major device number 234',
    );
    expect(moduleEvents.map(({ module, event }) => `${module} ${event}`)).toEqual([
      'nvidia load',
      'nvidia-modeset load',
      'nvidia-drm load',
      'nvidia-uvm load',
      'nvidia-modeset unload',
      'nvidia unload',
      'nvidia load',
    ]);
    expect(moduleEvents[2]).toMatchObject({ bdf: '0000:00:08.0' });
    expect(banners).toMatchObject([{ version: '550.54.14', line: 2 }]);
    expect(modesetBanners).toMatchObject([{ version: '550.54.14', line: 3 }]);
    expect(drm[1]).toMatchObject({ error: true, bdf: '0000:05:00.0' });
  });

  it('gives UUID and serial number to the GPU they belong to', () => {
    const { gpus } = read(
      'NVRM: GPU at PCI:0000:00:08: GPU-00000000-1111-2222-3333-444444444444',
      'NVRM: GPU Board Serial Number: 1234567890123',
      'NVRM: GPU 0000:00:09.0: GPU serial number is 999.',
    );
    expect(gpus).toMatchObject([
      { bdf: '0000:00:08.0', uuid: 'GPU-00000000-1111-2222-3333-444444444444', serial: '1234567890123' },
      { bdf: '0000:00:09.0', serial: '999' },
    ]);
  });

  it('reads NVSwitch errors', () => {
    expect(read('nvidia-nvswitch1: SXid (PCI:0000:06:00.0): 20034, Fatal, Link 12 LTSSM Fault Up').sxids).toMatchObject(
      [{ bdf: '0000:06:00.0', sxid: 20034, severity: 'fatal', link: 12, message: 'LTSSM Fault Up' }],
    );
  });

  it('keeps unknown messages once, with their count, and bounds them', () => {
    const { messages } = read(...Array.from({ length: 1000 }, (_, i) => `NVRM: someFunction: case ${i % 300}`));
    expect(messages.length).toBeLessThanOrEqual(100);
    expect(messages[0]).toMatchObject({ text: 'NVRM: someFunction: case 0', count: 4, line: 1 });
  });

  it('has nothing to say about other lines', () => {
    const collector = createNvrmCollector();
    expect(collector.add({ text: 'usb 1-1: new high-speed USB device', line: 1 })).toBe(false);
    expect(collector.facts()).toBeUndefined();
  });
});
