import type { Confidence } from '../../model/finding.ts';
import type { Guest, WindowsDisplay } from '../../model/guest.ts';
import type { Claim, RuleInput } from '../../model/rule.ts';

/** Claims for display adapters on which Windows reports one of some problem codes. */
export function claimsOfWindows(
  { guests }: Pick<RuleInput, 'guests'>,
  codes: readonly number[],
  confidence: Confidence,
  more: (display: WindowsDisplay, guest: Guest) => Partial<Claim> = () => ({}),
): Claim[] {
  return guests.flatMap((guest) =>
    guest.windows.flatMap((display): Claim[] => {
      const { problem, pciId, name } = display;
      if (problem === undefined || !codes.includes(problem.code)) return [];
      return [
        {
          // A sentence alone may be about another device.
          confidence: pciId === undefined && name === undefined && confidence === 'confirmed' ? 'likely' : confidence,
          subject: { guest: guest.name, ...(pciId !== undefined && { pciId }) },
          detail: `Code ${problem.code}${problem.name === undefined ? '' : `, ${problem.name}`}.`,
          evidence: [problem],
          ...more(display, guest),
        },
      ];
    }),
  );
}

const NAMES: Readonly<Record<number, string>> = {
  12: 'CM_PROB_NORMAL_CONFLICT',
  22: 'CM_PROB_DISABLED',
  28: 'CM_PROB_FAILED_INSTALL',
  31: 'CM_PROB_FAILED_ADD',
  39: 'CM_PROB_DRIVER_FAILED_LOAD',
  43: 'CM_PROB_FAILED_POST_START',
  52: 'CM_PROB_UNSIGNED_DRIVER',
};

/** Files of an example: one adapter with a problem, as Get-PnpDevice lists it. */
export const windowsExample = (code: number): Record<string, string> => ({
  'guest/vm/pnp.txt':
    `FriendlyName : NVIDIA Tesla P4\nStatus       : Error\nProblem      : ${NAMES[code]}\n` +
    'InstanceId   : PCI\\VEN_10DE&DEV_1BB3&SUBSYS_11D810DE&REV_A1\\3&11583659&0&28\n',
});
