import type { Confidence, Cost, FixStep } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import type { Outcome } from '../model/stage.ts';

/** The words of reports, so that every format says the same. */

export const CONFIDENCE_WORDS: Record<Confidence, string> = {
  confirmed: 'Confirmed',
  likely: 'Likely',
  possible: 'Possible',
};

export const PLACE_WORDS: Record<NonNullable<FixStep['on']>, string> = {
  host: 'On the host',
  guest: 'In the guest',
  firmware: 'In the firmware of the host',
  hardware: 'At the machine',
};

export const REBOOT_WORDS: Record<NonNullable<FixStep['reboot']>, string> = {
  host: 'reboot the host',
  guest: 'reboot the guest',
  'vm-restart': 'stop and start the VM',
};

export const COST_WORDS: Record<Cost, string> = {
  look: 'changes nothing',
  'guest-change': 'changes the guest',
  'vm-restart': 'restarts the VM',
  'host-reboot': 'reboots the host',
  rebuild: 'rebuilds software',
  hardware: 'hardware work',
};

export const OUTCOME_WORDS: Record<Outcome, string> = {
  'host-not-ready': 'host not ready',
  'vm-wont-start': 'VM does not start',
  'guest-wont-boot': 'guest does not boot',
  'device-missing': 'card missing in the guest',
  'driver-wont-load': 'driver does not load',
  'driver-init-fails': 'driver does not bring the card up',
  'works-with-faults': 'works with faults',
  works: 'works',
  untested: 'visible, not tested',
  unknown: 'not known',
};

export const MATRIX_WORDS: Record<Report['matrix']['verdict'], string> = {
  'known-good': 'Reported to work',
  'known-bad': 'Reported not to work',
  conflict: 'Reports disagree',
  unknown: 'Not known',
};

/** `1 line`, `3 lines` */
export const plural = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : nouns}`;

/** With a full stop at the end, unless it has its own end. */
export const sentence = (text: string): string => (/[.!?:]$/.test(text.trimEnd()) ? text : `${text.trimEnd()}.`);

/** `a, b and c` */
export const enumerate = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
