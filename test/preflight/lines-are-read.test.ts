import { describe, expect, it } from 'vitest';
import bhyveArgv from '../../parsers/host/bhyve-argv.ts';
import loaderConf from '../../parsers/host/loader-conf.ts';
import vmBhyveConf from '../../parsers/host/vm-bhyve-conf.ts';
import { diagnoseTexts } from '../support/diagnose.ts';
import { ask, loaderLines, vmLines } from './ask.ts';
import {
  type Files,
  FRESH_AMD,
  GiB,
  HOST_BRIDGE,
  INTEGRATED,
  NIC,
  pciconf,
  READY_A30,
  READY_P4,
  rtx2080Ti,
  teslaP4,
  teslaP40,
} from './hosts.ts';

/** Hosts of every sort, before and after they were set up. */
const HOSTS: Record<string, Files> = {
  'everything in place, MSI only': READY_P4,
  'everything in place, MSI-X': READY_A30,
  'AMD, four functions, nothing set up': FRESH_AMD,
  'only a listing': { 'host/pciconf.txt': pciconf([teslaP40('vgapci0', '65:0:0')]) },
  'a misspelt line': { ...READY_P4, 'host/loader.conf': 'pptdevs="1:0:0"\nvmm_load="NO"\n' },
  'stale entries': { ...READY_P4, 'host/loader.conf': 'vmm_load="YES"\npptdevs="2/0/0 3/0/0 1/0/0"\n' },
  'many devices': {
    ...READY_P4,
    'host/pciconf.txt': pciconf([
      HOST_BRIDGE,
      INTEGRATED,
      ...Array.from({ length: 25 }, (_, i) => NIC(`ppt${i}`, `${130 + i}:0:0`)),
      ...rtx2080Ti('host', '1'),
    ]),
    'host/loader.conf': `vmm_load="YES"\npptdevs="${Array.from({ length: 25 }, (_, i) => `${130 + i}/0/0`).join(' ')}"\n`,
  },
  'a VM that passes too little': {
    ...READY_P4,
    'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, ...rtx2080Ti('ppt', '1')]),
    'host/vm/work/work.conf': 'loader="uefi"\nmemory=24G\npassthru0="3/0/0=5:0"\npassthru1="1/0/1=6:1"\n',
  },
};

describe.each(Object.entries(HOSTS))('%s', (_, files) => {
  const answer = ask(files, { memoryBytes: 16 * GiB });
  const { hostBdf, functions } = answer.card!;
  const bdfs = functions.map((fn) => fn.hostBdf);
  const conf = `${vmLines(answer).join('\n')}\n`;
  const argv = `${answer.proposal!.bhyve.join('\n')}\n`;

  it('proposes a loader.conf that reserves the card', () => {
    const { facts, problems } = loaderConf.parse(`${loaderLines(answer).join('\n')}\n`);
    expect(problems).toEqual([]);
    expect(facts!.unreadPptdevs).toEqual([]);
    expect(
      facts!.pptdevs.every(
        ({ limit, tokens }) => limit === 'ok' && tokens.every(({ valid, problem }) => valid && problem === undefined),
      ),
    ).toBe(true);
    expect(facts!.devices).toEqual(expect.arrayContaining(bdfs));
    expect(facts!.modules).toContainEqual(expect.objectContaining({ name: 'vmm', load: true }));
  });

  it('proposes a vm-bhyve configuration that passes the card, display function first', () => {
    const { facts, problems } = vmBhyveConf.parse(conf);
    expect(problems).toEqual([]);
    expect(facts!.settings.every(({ active }) => active)).toBe(true);
    expect(facts!.passthru.every(({ read, problem }) => read && problem === undefined)).toBe(true);
    expect(facts!.passthru.map((entry) => entry.hostBdf).slice(0, bdfs.length)).toEqual(bdfs);
    expect(facts).toMatchObject({ loader: 'uefi', memory: 16 * GiB });
    expect(facts!.passthru[0]!.hostBdf).toBe(hostBdf);
  });

  it('proposes options that bhyve reads', () => {
    const { facts, problems } = bhyveArgv.parse(argv);
    expect(problems).toEqual([]);
    const [command] = facts!.commands;
    expect(facts!.commands).toHaveLength(1);
    expect(command).toMatchObject({
      wired: true,
      memory: 16 * GiB,
      bootrom: '/usr/local/share/uefi-firmware/BHYVE_UEFI.fd',
    });
    expect(command!.passthru.map((entry) => entry.hostBdf)).toEqual(bdfs);
    expect(new Set(command!.passthru.map(({ guestBdf }) => guestBdf!.slice(0, -2))).size).toBe(1);
  });

  it.each([
    ['vm-bhyve', { 'host/vm/new/new.conf': conf }],
    ['bhyve', { 'host/start.sh': argv }],
  ])('leaves no cause at ppt or config once the lines stand there and the host was rebooted (%s)', (_manager, vm) => {
    const report = diagnoseTexts({
      'host/pciconf.txt': afterReboot(files['host/pciconf.txt']!, bdfs),
      'host/loader.conf': `${loaderLines(answer).join('\n')}\n`,
      ...vm,
    });
    const causes = report.findings.filter(
      ({ state, kind, stage }) => state === 'present' && kind === 'cause' && (stage === 'ppt' || stage === 'config'),
    );
    // What the windows cannot hold no line changes.
    expect(causes.filter(({ code }) => code !== 'bar-window-overflow')).toEqual([]);
    expect(report.verdict.stages.find(({ id }) => id === 'ppt')).toMatchObject({ status: 'passed' });
  });
});

/** The listing with the functions of the card on ppt. */
function afterReboot(listing: string, bdfs: readonly string[]): string {
  return bdfs.reduce(
    (text, bdf, i) =>
      text.replace(
        new RegExp(`^\\w+@pci0:${bdf.replaceAll('/', ':')}:`, 'm'),
        `ppt${200 + i}@pci0:${bdf.replaceAll('/', ':')}:`,
      ),
    listing,
  );
}

it('reads what it checks: a line of another form is a problem', () => {
  expect(loaderConf.parse('pptdevs="1:0:0"\n').facts!.devices).toEqual([]);
  expect(vmBhyveConf.parse('passthru0 = "1/0/0"\n').facts!.passthru).toEqual([]);
});

it('does not count a card that is not the one', () => {
  const answer = ask({
    'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, teslaP4('vgapci1', '1:0:0'), teslaP4('ppt0', '4:0:0')]),
  });
  expect(answer.card!.hostBdf).toBe('4/0/0');
});
