import type { Report } from '../../src/model/report.ts';
import { buildReport, evidence, finding, input, stages } from '../support/report.ts';

const TESLA_P4: Report['overview'] = {
  card: { name: 'Tesla P4', pciId: '10de:1bb3', architecture: 'Pascal', hostBdf: '4/0/0', guestBdf: '0000:00:07.0' },
  host: { release: '15.0-ALPHA3', cpu: 'Intel(R) Xeon(R) E-2236 CPU @ 3.40GHz' },
  guest: { os: 'linux', kernel: '6.8.0-51-generic' },
  binding: [
    {
      artifact: 'host/pciconf.txt',
      line: 31,
      hostBdf: '4/0/0',
      pciId: '10de:1bb3',
      name: 'GP104GL [Tesla P4]',
      role: 'display',
      driver: 'ppt',
      inPptdevs: true,
      vm: 'trainer',
      guestSlot: '0:7:0',
      guestBdf: '0000:00:07.0',
    },
  ],
  bars: [
    ...[
      {
        index: 0,
        sizeBytes: 16 * 2 ** 20,
        hostBase: '0x92000000',
        guestBase: '0xc1000000',
        bits: 32 as const,
        prefetchable: false,
      },
      {
        index: 1,
        sizeBytes: 8 * 2 ** 30,
        hostBase: '0x4000000000',
        guestBase: '0x800000000',
        bits: 64 as const,
        prefetchable: true,
      },
      {
        index: 3,
        sizeBytes: 32 * 2 ** 20,
        hostBase: '0x4200000000',
        guestBase: null,
        bits: 64 as const,
        prefetchable: true,
      },
    ].map((bar) => ({
      artifact: 'host/pciconf.txt',
      line: 34 + bar.index,
      hostBdf: '4/0/0',
      guestBdf: '0000:00:07.0',
      pciId: '10de:1bb3',
      kind: 'mem' as const,
      sizeFrom: 'host' as const,
      ...bar,
    })),
  ],
  driver: [
    {
      artifact: 'guest/trainer/dmesg.txt',
      line: 812,
      guest: 'trainer',
      guestBdf: '0000:00:07.0',
      module: 'nvidia',
      reached: 'load',
    },
  ],
};

const INPUTS = [
  input('host/pciconf.txt', { side: 'host', kind: 'pciconf' }),
  input('host/loader.conf', { side: 'host', kind: 'loader-conf' }),
  input('host/vm.conf', { side: 'host', kind: 'vm-bhyve-conf' }),
  input('guest/trainer/dmesg.txt', { side: 'guest', guest: 'trainer', kind: 'linux-dmesg', lines: 901 }),
];

const NO_IRQ = evidence('guest/trainer/dmesg.txt', 815, "[    3.114311] NVRM: Can't find an IRQ for your NVIDIA card!");

/** Tesla P4 on stock bhyve: the driver finds no interrupt. */
export const noIrq: Report = buildReport({
  inputs: INPUTS,
  overview: TESLA_P4,
  findings: [
    finding('nvidia-intpin-missing', {
      severity: 'fatal',
      stage: 'probe',
      confidence: 'confirmed',
      role: 'root',
      title: 'bhyve presents the GPU without an interrupt pin',
      detail: 'The guest runs under bhyve and its driver got no interrupt for a card that has MSI only.',
      evidence: [NO_IRQ, evidence('guest/trainer/lspci.txt', 44, '\tInterrupt: pin ? routed to IRQ 0')],
      count: 2,
      fix: [
        {
          text: 'Apply review D51892 to the bhyve source of your release and rebuild bhyve. Look first whether your source has it already.',
          command: 'ls /usr/src/usr.sbin/bhyve/pci_passthru_quirks.c && make -C /usr/src/usr.sbin/bhyve all install',
          on: 'host',
          reboot: 'vm-restart',
          risk: 'bhyve, libvmmapi and vmm.ko must come from one source tree; keep the old /usr/sbin/bhyve',
          verify: 'in the guest, `setpci -s 00:07.0 3d.b` prints 01',
        },
        { text: 'Expect the next stage after it: the driver then goes on to initialise the adapter.', on: 'guest' },
      ],
      references: ['https://reviews.freebsd.org/D51892', 'usr.sbin/bhyve/pci_passthru.c'],
    }),
    finding('nvidia-irq-missing', {
      stage: 'probe',
      kind: 'symptom',
      confidence: 'confirmed',
      role: 'consequence',
      explainedBy: 'nvidia-intpin-missing',
      title: 'The NVIDIA driver finds no interrupt for the card',
      evidence: [NO_IRQ],
      count: 1,
    }),
    finding('memory-not-wired', {
      state: 'absent',
      stage: 'config',
      title: 'Guest memory is not wired',
      evidence: [evidence('host/vm.conf', 5, 'wired_memory="yes"', 'against')],
    }),
    finding('intx-routing-warning', {
      severity: 'info',
      stage: 'probe',
      kind: 'notice',
      role: 'independent',
      title: 'The kernel could not route the legacy interrupt; harmless once MSI is used',
      evidence: [
        evidence(
          'guest/trainer/dmesg.txt',
          811,
          "[    3.001100] nvidia 0000:00:07.0: can't derive routing for PCI INT A",
        ),
      ],
    }),
    finding('iommu-disabled', {
      state: 'not-evaluated',
      severity: 'fatal',
      stage: 'firmware',
      title: 'The IOMMU is off',
      needs: ['host-iommu'],
      decideWith: 'acpidump -t; sysctl hw.vmm',
    }),
    finding('gpu-bars', { severity: 'info', kind: 'notice', stage: 'enumerate', title: 'BARs of the card' }),
  ],
  verdict: {
    outcome: 'driver-init-fails',
    summary:
      'The guest sees the card and the driver loads, but it cannot bring the card up. Cause: bhyve presents the GPU without an interrupt pin.',
    stages: stages({
      passed: 'load',
      failed: 'probe',
      because: 'The NVIDIA driver finds no interrupt for the card',
      unknown: ['firmware'],
    }),
    causes: [
      {
        code: 'nvidia-intpin-missing',
        confidence: 'confirmed',
        title: 'bhyve presents the GPU without an interrupt pin',
        explains: ['nvidia-irq-missing'],
      },
    ],
    ruledOut: [
      {
        code: 'memory-not-wired',
        title: 'Guest memory is not wired',
        because: [evidence('host/vm.conf', 5, 'wired_memory="yes"', 'against')],
      },
    ],
  },
  matrix: {
    verdict: 'known-bad',
    confidence: 'likely',
    because: 'reports of this card in a comparable configuration: 1 failing (tesla-p4-150-alpha-stock)',
    matches: [
      {
        id: 'tesla-p4-150-alpha-stock',
        outcome: 'driver-init-fails',
        grade: 'evidenced',
        distance: 0.1,
        card: 'same-card',
        why: 'same card, same guest system; differs in FreeBSD release',
        differsIn: [{ field: 'release', yours: '15.0-ALPHA3', theirs: '15.0-ALPHA2' }],
        notRecorded: [],
      },
    ],
    nearestWorking: {
      id: 'tesla-p40-143-signature',
      grade: 'reported',
      distance: 1.5,
      card: 'same-architecture',
      why: 'same architecture (Pascal), same guest system; differs in card, patch state',
      change: [
        { field: 'patch', from: 'stock', to: 'D51892', cost: 'rebuild', note: 'build bhyve with the review applied' },
        { field: 'gpu', from: 'Tesla P4', to: 'Tesla P40', cost: 'hardware', note: 'another card' },
      ],
      notRecorded: ['rom'],
    },
    alternatives: [
      {
        id: 'rtx-a400-142-kvm',
        grade: 'evidenced',
        distance: 3,
        card: 'same-vendor',
        why: 'same vendor (NVIDIA)',
        change: [],
        notRecorded: [],
      },
    ],
    caveats: ['nobody reports a working Tesla P4', 'the nearest success does not tell: rom'],
    platform: [
      {
        id: 'release-150-mapping',
        outcome: 'host-not-ready',
        summary: 'DMA of passed-through devices reaches the wrong pages',
        workaround: 'update to 15.0-RELEASE-p1',
      },
    ],
    elsewhere: [
      {
        id: 'p4-elsewhere',
        outcome: 'works',
        grade: 'reported',
        distance: 4,
        card: 'same-card',
        os: 'illumos',
        why: 'same card',
        differsIn: [],
        notRecorded: [],
      },
    ],
  },
});

const RM_INIT = evidence(
  'guest/trainer/dmesg.txt',
  840,
  '[    3.441376] NVRM: GPU 0000:00:07.0: RmInitAdapter failed! (0x31:0xffff:2650)',
);

/** Initialisation fails and several causes are open. */
export const unproven: Report = buildReport({
  inputs: INPUTS,
  overview: {
    ...TESLA_P4,
    guest: { os: 'linux', kernel: '6.8.0-51-generic', driver: 'nvidia 570.124.06 (proprietary)' },
    driver: [
      {
        artifact: 'guest/trainer/dmesg.txt',
        line: 836,
        guest: 'trainer',
        guestBdf: '0000:00:07.0',
        module: 'nvidia',
        version: '570.124.06',
        flavour: 'proprietary',
        reached: 'probe',
        failure: 'RmInitAdapter 0x31 (VBIOS POST), status 0xffff (unspecified)',
      },
    ],
  },
  findings: [
    finding('vbios-unreadable', {
      confidence: 'possible',
      role: 'root',
      title: 'The driver got no video BIOS',
      detail: 'Stage 0x31 is the run of the video BIOS, and the VM configuration names no rom.',
      evidence: [RM_INIT],
      count: 12,
      decideWith: 'dmesg | grep -i rom',
      fix: [
        {
          text: 'Give the video BIOS of the card to the guest.',
          file: {
            path: '/vm/trainer/trainer.conf',
            lines: ['passthru0="4/0/0=7:0"', 'bhyve_options="-s 7:0,passthru,4/0/0,rom=/vm/p4.rom"'],
          },
          on: 'host',
          reboot: 'vm-restart',
        },
      ],
    }),
    finding('hypervisor-signature-native', {
      confidence: 'possible',
      role: 'root',
      title: 'The driver does not know the hypervisor signature of bhyve',
      evidence: [evidence('guest/trainer/dmesg.txt', 2, '[    0.000000] Hypervisor detected: bhyve')],
    }),
    finding('config-mirror-untrapped', {
      confidence: 'possible',
      role: 'root',
      title: 'The driver reads host values through the copy of config space in BAR0',
      detail: 'No bhyve release traps this copy.',
    }),
    finding('rm-init-adapter-failed', {
      kind: 'symptom',
      role: 'consequence',
      explainedBy: 'vbios-unreadable',
      confidence: 'confirmed',
      title: 'RmInitAdapter failed',
      evidence: [RM_INIT],
      count: 12,
    }),
  ],
  verdict: {
    outcome: 'driver-init-fails',
    summary:
      'The guest sees the card and the driver loads, but it cannot bring the card up. The cause is not proven; 3 candidates are open.',
    stages: stages({ passed: 'probe', failed: 'init', because: 'RmInitAdapter failed' }),
    causes: [
      {
        code: 'vbios-unreadable',
        confidence: 'possible',
        title: 'The driver got no video BIOS',
        explains: ['rm-init-adapter-failed'],
      },
      {
        code: 'hypervisor-signature-native',
        confidence: 'possible',
        title: 'The driver does not know the hypervisor signature of bhyve',
        explains: [],
      },
      {
        code: 'config-mirror-untrapped',
        confidence: 'possible',
        title: 'The driver reads host values through the copy of config space in BAR0',
        explains: [],
      },
    ],
    nextSteps: [
      { command: 'dmesg | grep -i rom', on: 'guest', cost: 'look', decides: ['vbios-unreadable'] },
      {
        command: 'bhyve -s 7:0,passthru,4/0/0,rom=/vm/p4.rom ...',
        on: 'host',
        why: 'Starts the VM with the video BIOS of the card.',
        cost: 'vm-restart',
        risk: 'a wrong file can keep the guest from starting',
        decides: ['vbios-unreadable', 'hypervisor-signature-native'],
        outcomes: [
          { if: 'the error stays', then: 'the video BIOS was not it' },
          { if: 'another stage number', then: 'the video BIOS was missing; look at the new number' },
        ],
      },
      {
        command: 'try the card in a physical machine with Linux and the same driver',
        on: 'hardware',
        cost: 'hardware',
        decides: ['hardware-unproven'],
      },
    ],
  },
});

/** Everything passed; the host was hardly looked at. */
export const healthy: Report = buildReport({
  inputs: INPUTS,
  overview: TESLA_P4,
  findings: [
    finding('memory-not-wired', {
      state: 'not-evaluated',
      stage: 'config',
      needs: ['bhyve-log'],
      decideWith: 'cat bhyve.log in the folder of the VM',
    }),
    finding('iommu-disabled', {
      state: 'not-evaluated',
      stage: 'firmware',
      needs: ['host-iommu'],
      decideWith: 'acpidump -t; sysctl hw.vmm',
    }),
    finding('amdvi-not-enabled', {
      state: 'not-evaluated',
      stage: 'host',
      needs: ['host-iommu'],
      decideWith: 'acpidump -t; sysctl hw.vmm',
    }),
  ],
  verdict: { outcome: 'works', summary: 'The card works.', stages: stages({ passed: 'run', unknown: ['firmware'] }) },
  matrix: { verdict: 'known-good', confidence: 'confirmed', because: 'reports of this card: 2 working' },
});

/** Nothing recognised. */
export const nothing: Report = buildReport({
  inputs: [
    input('holiday.jpg', {
      status: 'unreadable',
      lines: 0,
      problems: [{ message: 'not text; expected what a command printed' }],
    }),
    input('notes.txt', { status: 'unrecognised' }),
  ],
});

const HOSTILE =
  '\u001b[31mred\u001b]0;title\u0007 \u202eevil\u2066 a\nb\rc `tick` ```fence``` | pipe <script>alert(1)</script> ' +
  '[link](https://evil.example) ![i](x) @someone #12 www.evil.example **bold** _em_ \\ 漢字漢字 \u{1f600} \ud800 é…→ \u0000\u009b end';
const LONG = `${HOSTILE} ${'verylongword'.repeat(120)} ${'漢'.repeat(200)} ${'word '.repeat(400)}`;

/** Text from a hostile bundle wherever evidence can put text. */
export const hostile: Report = buildReport({
  tool: { name: 'gpudiag', version: HOSTILE },
  inputs: [
    input(LONG, { status: 'unrecognised' }),
    input(`x/${HOSTILE}`, { status: 'partly', kind: HOSTILE, guest: HOSTILE, problems: [{ message: LONG, line: 3 }] }),
    input('ok.txt', { kind: 'pciconf' }),
  ],
  overview: {
    card: { name: HOSTILE, pciId: HOSTILE, hostBdf: HOSTILE, guestBdf: HOSTILE, architecture: HOSTILE },
    host: { release: HOSTILE, cpu: LONG, board: HOSTILE },
    guest: { os: HOSTILE, kernel: HOSTILE, driver: LONG },
    binding: [
      {
        artifact: LONG,
        line: 1,
        hostBdf: HOSTILE,
        name: LONG,
        role: 'display',
        driver: HOSTILE,
        inPptdevs: null,
        vm: HOSTILE,
        guestBdf: '1',
      },
      { artifact: 'a', line: 1, hostBdf: '1/0/0', name: HOSTILE, role: 'sibling', driver: null, inPptdevs: false },
    ],
    bars: [
      {
        artifact: 'a',
        line: 1,
        hostBdf: '1/0/0',
        index: 1,
        kind: 'mem',
        sizeFrom: 'family',
        sizeBytes: 2 ** 35,
        fits: 'dropped',
        fitReason: LONG,
      },
    ],
    driver: [{ artifact: 'a', line: 1, guest: LONG, module: HOSTILE, version: HOSTILE, failure: LONG }],
  },
  findings: [
    finding('one', {
      confidence: 'likely',
      role: 'root',
      title: HOSTILE,
      detail: LONG,
      evidence: [evidence(HOSTILE, 7, LONG), evidence(LONG, 1, HOSTILE), evidence('a.txt', 2, '```` \u202e`````` ~~~')],
      fix: [
        {
          text: LONG,
          command: `first ${HOSTILE}`,
          file: { path: LONG, lines: [HOSTILE] },
          risk: LONG,
          verify: HOSTILE,
        },
      ],
      references: ['https://example.org/<script>`|'],
    }),
    finding('two', {
      confidence: 'possible',
      role: 'root',
      title: LONG,
      evidence: [evidence('a.txt', 2, HOSTILE, 'against')],
    }),
    finding('three', {
      severity: 'warning',
      kind: 'notice',
      role: 'independent',
      title: HOSTILE,
      detail: LONG,
      evidence: [evidence('a', 2, LONG)],
    }),
    finding('four', { state: 'not-evaluated', decideWith: HOSTILE }),
  ],
  verdict: {
    outcome: 'unknown',
    summary: LONG,
    stages: stages({ failed: 'init', because: LONG }),
    causes: [
      { code: 'one', confidence: 'likely', title: HOSTILE, explains: ['gone'] },
      { code: 'two', confidence: 'possible', title: LONG, explains: [] },
    ],
    ruledOut: [{ code: 'five', title: HOSTILE, because: [evidence(HOSTILE, 9, LONG, 'against')] }],
    nextSteps: [
      {
        command: HOSTILE,
        why: LONG,
        cost: 'look',
        decides: [HOSTILE],
        risk: HOSTILE,
        outcomes: [{ if: HOSTILE, then: LONG }],
      },
    ],
  },
  matrix: {
    verdict: 'conflict',
    because: LONG,
    matches: [
      {
        id: HOSTILE,
        outcome: 'works',
        grade: 'reported',
        distance: 1,
        card: 'unknown',
        why: LONG,
        differsIn: [{ field: 'patch', yours: LONG, theirs: HOSTILE }],
        notRecorded: [],
        os: HOSTILE,
      },
    ],
    nearestWorking: {
      id: HOSTILE,
      grade: 'reported',
      distance: 1,
      card: 'unknown',
      why: LONG,
      change: [{ field: 'release', from: LONG, to: HOSTILE, cost: 'look', note: HOSTILE }],
      notRecorded: [],
    },
    caveats: [HOSTILE, LONG],
    platform: [{ id: HOSTILE, outcome: 'works', summary: LONG, workaround: HOSTILE }],
  },
});
