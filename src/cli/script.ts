import { renderScript } from '../collect/script/render.ts';
import type { Profile } from '../model/profile.ts';
import { checkVmName } from './collect.ts';
import { VERSION } from './version.ts';

/** `gpudiag collect --script sh`: the script, with what else was asked for as its defaults. */
export function script(flags: { profile: Profile; vm: readonly string[]; 'include-risky': boolean }): string {
  for (const name of flags.vm) checkVmName(name);
  return renderScript({
    toolVersion: VERSION,
    profile: flags.profile,
    vms: flags.vm,
    includeRisky: flags['include-risky'],
  });
}
