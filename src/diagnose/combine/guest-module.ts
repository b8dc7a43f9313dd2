import type { DkmsStatusFacts } from '../../../parsers/guest/dkms-status.ts';
import type { LsmodFacts } from '../../../parsers/guest/lsmod.ts';
import type { ModinfoFacts } from '../../../parsers/guest/modinfo.ts';
import type { MokutilFacts } from '../../../parsers/guest/mokutil.ts';
import type { ProcCmdlineFacts } from '../../../parsers/guest/proc-cmdline.ts';
import type { ProcInterruptsFacts } from '../../../parsers/guest/proc-interrupts.ts';
import type { ProcNvidiaParamsFacts } from '../../../parsers/guest/proc-nvidia-params.ts';
import type { ProcNvidiaVersionFacts } from '../../../parsers/guest/proc-nvidia-version.ts';
import type { UnameFacts } from '../../../parsers/host/uname.ts';
import type { Guest } from '../../model/guest.ts';
import { at, type Ref, sourced, type Sourced } from '../../model/source.ts';
import type { Reading } from '../read.ts';

/** Adds what the module tools, /proc and the firmware tools say of the driver and the kernel. */
export function addModuleFacts(guest: Guest, reading: Reading): void {
  const { driver } = guest;
  for (const { facts } of reading.of<ProcNvidiaVersionFacts>('proc-nvidia-version')) {
    if (facts.version === undefined) continue;
    driver.version = sourced(facts.version, facts);
    if (facts.flavour !== undefined) driver.flavour = sourced(facts.flavour, facts);
    // The file exists only while the module is loaded.
    driver.loaded ??= at(facts);
  }
  for (const { facts } of reading.of<LsmodFacts>('lsmod')) {
    const nvidia = facts.modules.find(({ name }) => name === 'nvidia');
    if (nvidia !== undefined) driver.loaded ??= at(nvidia);
    if (facts.hasHeader)
      driver.modules ??= sourced(
        facts.modules.map(({ name }) => name),
        facts,
      );
    const nouveau = facts.modules.find(({ name, useCount }) => name === 'nouveau' && (useCount ?? 0) > 0);
    if (nouveau !== undefined && nvidia === undefined) driver.nouveau ??= at(nouveau);
  }
  for (const { facts } of reading.of<ModinfoFacts>('modinfo')) {
    const nvidia =
      facts.modules.find(({ name }) => name === 'nvidia') ?? facts.modules.find(({ flavour }) => flavour !== undefined);
    if (nvidia === undefined) continue;
    // What is on disk; the module in the kernel may be another one.
    if (nvidia.version !== undefined) driver.version ??= sourced(nvidia.version, nvidia);
    if (nvidia.flavour !== undefined) driver.flavour ??= sourced(nvidia.flavour, nvidia.license ?? nvidia);
  }
  for (const { facts } of reading.of<DkmsStatusFacts>('dkms-status')) {
    const nvidia = facts.modules.filter(({ name }) => /^nvidia(?!-fs|-peermem|fb)/.test(name));
    if (nvidia.length > 0)
      driver.dkms = sourced(
        nvidia.map(({ kernel, state }) => ({ kernel, state })),
        nvidia[0]!,
      );
  }
  for (const { facts } of reading.of<MokutilFacts>('mokutil')) {
    if (facts.secureBoot !== undefined) guest.secureBoot = sourced(facts.secureBoot === 'enabled', facts);
  }
  for (const { facts, artifact } of reading.of<ProcCmdlineFacts>('proc-cmdline')) {
    const ref = { artifact: artifact.path, line: artifact.firstLine };
    guest.commandLine ??= sourced(facts.text, ref);
    guest.msiOff ??= msiOffIn(facts.text, ref);
  }
  for (const { facts } of reading.of<ProcNvidiaParamsFacts>('proc-nvidia-params')) {
    const parameter = facts.parameters.find(({ name, value }) => name === 'EnableMSI' && value === 0);
    if (parameter !== undefined) guest.msiOff = sourced('EnableMSI: 0', parameter);
  }
  for (const { facts } of reading.of<ProcInterruptsFacts>('proc-interrupts')) {
    const row = facts.interrupts.find(({ actions }) => actions.includes('nvidia'));
    if (row !== undefined) guest.interruptCount = sourced(row.total, row);
  }
  for (const { facts } of reading.of<UnameFacts>('uname')) {
    const linux = facts.systems.find(({ system }) => system === 'Linux');
    if (linux !== undefined) guest.kernel ??= sourced(linux.release, linux);
  }
}

/** The option of a kernel command line that switches message-signalled interrupts off, for all devices or the driver. */
export function msiOffIn(commandLine: string, ref: Ref): Sourced<string> | undefined {
  const option = /(?:^|\s)(pci=(?:[\w@:.=;-]+,)*nomsi\b|nvidia\.(?:NVreg_)?EnableMSI=0\b)/.exec(commandLine);
  return option === null ? undefined : sourced(option[1]!, ref);
}
