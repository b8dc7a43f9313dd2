import type { WindowsPnpFacts } from '../../../parsers/guest/windows-pnp.ts';
import type { Guest, WindowsDisplay } from '../../model/guest.ts';
import { at, sourced } from '../../model/source.ts';
import type { Reading } from '../read.ts';

/** Adds the display adapters that Windows lists, and problems whose sentence was pasted without the device. */
export function addWindows(guest: Guest, reading: Reading): void {
  for (const { facts } of reading.of<WindowsPnpFacts>('windows-pnp')) {
    guest.os ??= sourced('windows', facts);
    guest.booted ??= at(facts);
    const listed = facts.devices
      .filter(({ pciId, class: kind, name }) =>
        pciId === undefined ? /display/i.test(kind ?? '') || /nvidia/i.test(name ?? '') : pciId.startsWith('10de:'),
      )
      // The audio function of a card has NVIDIA's id too.
      .filter(({ class: kind, name }) =>
        kind === undefined ? !/audio|usb|uc[sm]i/i.test(name ?? '') : /display/i.test(kind),
      );
    const displays = listed.map((device): WindowsDisplay => ({
      ...at(device),
      ...(device.name !== undefined && { name: device.name }),
      ...(device.pciId !== undefined && { pciId: device.pciId }),
      ...(device.nvidiaVersion !== undefined && { driverVersion: device.nvidiaVersion }),
      ...(device.problem && {
        problem: {
          ...at(device.problem),
          code: device.problem.code,
          ...(device.problem.name !== undefined && { name: device.problem.name }),
        },
      }),
    }));
    const told = new Set(displays.flatMap(({ problem }) => problem?.code ?? []));
    // A sentence beside one adapter whose record names no problem is about that adapter.
    for (const message of facts.messages) {
      if (told.has(message.code)) continue;
      told.add(message.code);
      const problem = { ...at(message), code: message.code, ...(message.name !== undefined && { name: message.name }) };
      const only = displays.length === 1 ? displays[0]! : undefined;
      if (only !== undefined && only.problem === undefined) only.problem = problem;
      else if (displays.length === 0) displays.push({ ...at(message), problem });
    }
    guest.windows.push(...displays);
  }
}
