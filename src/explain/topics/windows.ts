import { WINDOWS_PROBLEMS } from '../../../parsers/guest/windows-pnp.ts';
import type { Topic } from '../../model/topic.ts';
import { partsOf, topicOf } from './topic.ts';

interface Meaning {
  title: string;
  meaning: string;
  action: string;
  findings?: readonly string[];
}

const RESTART = 'Restart the guest.';
const REINSTALL = 'Remove the driver package, restart, and install the package for the card anew.';
const NOT_LOADED = ['windows-driver-not-loaded'];

/** What the problem codes of the Device Manager mean for a card that was passed through. Their names are in the parser. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1: {
    title: 'no driver is configured',
    meaning: 'Windows knows no driver for the device.',
    action: 'Install the driver package for the card.',
  },
  3: {
    title: 'driver damaged, or memory short',
    meaning: 'The driver could not be loaded for lack of memory, or its files are damaged.',
    action: REINSTALL,
  },
  10: {
    title: 'the device cannot start',
    meaning: 'The driver was loaded and refused to start the device.',
    action: 'Try a Linux guest on the same VM: its kernel log names the reason.',
    findings: ['windows-device-failed'],
  },
  12: {
    title: 'no room for its resources',
    meaning:
      'Windows found no place for a BAR of the card: the address window that the guest firmware offers is too small.',
    action: 'Look at the BARs and windows with `gpudiag preflight`; it names what would fit.',
    findings: ['windows-no-resources', 'bar-window-overflow'],
  },
  14: {
    title: 'a restart is needed',
    meaning: 'The driver works only after the guest was restarted.',
    action: RESTART,
  },
  18: {
    title: 'the driver must be installed again',
    meaning: 'Windows takes the installed driver to be incomplete.',
    action: REINSTALL,
  },
  19: {
    title: 'its registry entries are damaged',
    meaning: 'The configuration of the device in the registry cannot be used.',
    action: REINSTALL,
  },
  21: { title: 'the device is being removed', meaning: 'Windows is about to remove the device.', action: RESTART },
  22: {
    title: 'the device is disabled',
    meaning: 'Somebody or some program disabled it in the Device Manager.',
    action: 'Enable it in the Device Manager.',
    findings: ['windows-device-disabled'],
  },
  24: {
    title: 'the device is not there',
    meaning: 'The device does not answer, or its driver is not complete.',
    action: 'Look whether the guest still sees the card: `Get-PnpDevice -PresentOnly -Class Display`.',
  },
  28: {
    title: 'no driver is installed',
    meaning:
      'The card is visible, and no package that fits it is installed. Tesla boards need the data-centre package.',
    action: 'Install the package for the card.',
    findings: NOT_LOADED,
  },
  29: {
    title: 'disabled by its firmware',
    meaning: 'The firmware did not give the device what it needs.',
    action: 'Stop and start the VM; then look at the BARs with `gpudiag preflight`.',
  },
  31: {
    title: 'the driver cannot be loaded',
    meaning: 'Windows cannot load the driver that the device needs.',
    action: REINSTALL,
    findings: NOT_LOADED,
  },
  32: {
    title: 'its driver is disabled',
    meaning: 'The start type of the driver is "disabled" in the registry.',
    action: REINSTALL,
  },
  37: {
    title: 'the driver failed at its entry',
    meaning: 'The driver returned an error when Windows loaded it.',
    action: REINSTALL,
    findings: NOT_LOADED,
  },
  38: {
    title: 'an earlier copy of the driver is still loaded',
    meaning: 'The driver could not be unloaded.',
    action: RESTART,
  },
  39: {
    title: 'driver missing or damaged',
    meaning: 'The file of the driver is missing or damaged, or code integrity refuses it.',
    action: REINSTALL,
    findings: NOT_LOADED,
  },
  43: {
    title: 'the driver gave the card up',
    meaning:
      'The driver started and then reported that the card failed. It does not say why: GeForce drivers before 465.89 did ' +
      'so on any hypervisor; newer ones do so when the card does not initialise (interrupt, BAR, VBIOS, a card that an ' +
      'earlier start left dirty).',
    action: 'Try a Linux guest on the same VM: its kernel log names the reason.',
    findings: ['windows-device-failed', 'hypervisor-detected'],
  },
  45: {
    title: 'the device is not connected',
    meaning: 'An entry of a device that was there before; also what is left when the card moved to another slot.',
    action: 'Nothing, if the card stands in the list a second time.',
    findings: ['windows-device-disabled'],
  },
  47: { title: 'prepared for removal', meaning: 'The device was ejected in software.', action: RESTART },
  48: {
    title: 'the driver is blocked',
    meaning: 'Windows knows this version of the driver to cause trouble and does not load it.',
    action: 'Install a newer package.',
    findings: ['windows-driver-unsigned'],
  },
  52: {
    title: 'the driver is not signed',
    meaning: 'Windows cannot verify the signature of the driver.',
    action: 'Install a signed package; for an old one, Secure Boot has to be off.',
    findings: ['windows-driver-unsigned'],
  },
};

export const windowsTopics = (): Topic[] =>
  Object.entries(MEANINGS).map(([number, { title, meaning, action, findings = [] }]) => {
    const code = Number(number);
    const symbol = WINDOWS_PROBLEMS[code]!;
    return topicOf({
      id: `windows:${code}`,
      type: 'windows',
      title,
      lead: `Code ${code} of the Device Manager, ${symbol}`,
      parts: partsOf({ '': meaning, 'What to do:': action, 'Findings:': findings.join(', ') }),
      references: ['Windows SDK, cfg.h'],
      related: findings,
      words: [`Code ${code}`],
      data: { problem: code, symbol, meaning, action, findings },
    });
  });
