import { describe, expect, it } from 'vitest';
import { answerFor, ask } from './ask.ts';
import {
  GiB,
  HOST_BRIDGE,
  INTEGRATED,
  intelDmesg,
  KERNEL_14_3,
  pciconf,
  rtx2080Ti,
  teslaP4,
  teslaP40,
} from './hosts.ts';

const host = (...devices: Parameters<typeof pciconf>[0]) => ({
  'host/pciconf.txt': pciconf([HOST_BRIDGE, ...devices]),
});

describe('which card', () => {
  const two = host(INTEGRATED, teslaP4('vgapci1', '1:0:0'), teslaP40('vgapci2', '4:0:0'));

  it('is asked when two are as likely', () => {
    expect(answerFor(two)).toEqual({
      kind: 'which-card',
      reason: 'several',
      cards: [
        { hostBdf: '1/0/0', name: 'GP104GL [Tesla P4]' },
        { hostBdf: '4/0/0', name: 'GP102GL [Tesla P40]' },
      ],
    });
  });

  it.each(['4/0/0', 'pci0:4:0:0', 'vgapci2', '10de:1b38'])('is the one named: %s', (gpu) => {
    expect(ask(two, { gpu }).card!.hostBdf).toBe('4/0/0');
  });

  it('is found by any of its functions', () => {
    expect(
      ask(host(INTEGRATED, ...rtx2080Ti('host', '1'), teslaP4('vgapci2', '4:0:0')), { gpu: '1/0/2' }).card,
    ).toMatchObject({ hostBdf: '1/0/0', functions: { length: 4 } });
  });

  it('is not found under a name that no card has, or that two have', () => {
    expect(answerFor(two, { gpu: '9/0/0' })).toMatchObject({
      kind: 'which-card',
      reason: 'not-found',
      cards: { length: 3 },
    });
    expect(
      answerFor(host(teslaP4('vgapci0', '1:0:0'), teslaP4('vgapci1', '4:0:0')), { gpu: '10de:1bb3' }),
    ).toMatchObject({ reason: 'several', cards: { length: 2 } });
  });

  it('is the only one on ppt', () => {
    const answer = ask(host(INTEGRATED, teslaP4('vgapci1', '1:0:0'), teslaP40('ppt0', '4:0:0')));
    expect(answer.card).toMatchObject({ hostBdf: '4/0/0', because: 'the only NVIDIA card on ppt' });
  });

  it('is the only one that is not the boot display', () => {
    const geforce = {
      ...teslaP4('vgapci0', '1:0:0'),
      class: '030000',
      device: '1c82',
      name: 'GP107 [GeForce GTX 1050 Ti]',
    };
    const answer = ask({
      ...host(geforce, { ...geforce, unit: 'vgapci1', at: '4:0:0' }),
      'host/dmesg.txt': intelDmesg(KERNEL_14_3, 'vgapci0: Boot video device'),
    });
    expect(answer.card).toMatchObject({
      hostBdf: '4/0/0',
      because: 'the only NVIDIA card that is not the boot display',
    });
  });

  it('is the one that the named VM is given', () => {
    const answer = ask(
      { ...two, 'host/a/train.conf': `loader="uefi"\nmemory=${(16 * GiB) / 2 ** 30}G\npassthru0="1/0/0"\n` },
      { vm: 'train' },
    );
    expect(answer.card).toMatchObject({ hostBdf: '1/0/0', because: 'the card that the VM train is given' });
  });

  it('is no integrated or management graphics, unless that is on ppt', () => {
    expect(ask(host(INTEGRATED)).card).toBeUndefined();
    const management = {
      unit: 'vgapci0',
      at: '5:0:0',
      class: '030000',
      vendor: '1a03',
      device: '2000',
      name: 'ASPEED Graphics Family',
    };
    expect(ask(host(management)).card).toBeUndefined();
    expect(ask(host(management), { gpu: '5/0/0' }).card).toMatchObject({ hostBdf: '5/0/0' });
    expect(ask(host({ ...INTEGRATED, unit: 'ppt0' })).card).toMatchObject({
      hostBdf: '0/2/0',
      functions: { length: 1 },
    });
  });

  it('needs no reason where there is only one', () => {
    expect(ask(host(INTEGRATED, teslaP4('vgapci1', '1:0:0'))).card!.because).toBeUndefined();
  });
});
