/**
 * A bhyve configuration file (`bhyve -k FILE`) or what `bhyve -o config.dump=true …` prints: one `name=value` a line, `#`
 * only in the first column, no quotes, no blanks around `=`. bhyve_config(5), parse_simple_config_file in bhyverun.c.
 *
 * ```text
 * name=render1
 * cpus=8
 * memory.size=32G
 * memory.wired=true
 * lpc.bootrom=/usr/local/share/uefi-firmware/BHYVE_UEFI.fd
 * pci.0.8.0.device=passthru
 * pci.0.8.0.bus=12
 * pci.0.8.0.slot=0
 * pci.0.8.0.func=0
 * pci.0.8.0.rom=/vm/roms/card.rom
 * ```
 * ```json
 * { "vm": { "name": "render1", "vcpus": 8, "memory": 34359738368, "memoryText": "32G", "wired": true,
 *           "bootrom": "/usr/local/share/uefi-firmware/BHYVE_UEFI.fd",
 *           "passthru": [{ "line": 6, "slot": "pci.0.8.0", "guestBdf": "0000:00:08.0", "selector": "12/0/0",
 *                          "hostBdf": "12/0/0", "rom": "/vm/roms/card.rom" }] } }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser } from '../../src/model/parser.ts';
import { applyConfig, completeTopology, type BhyveVm, type ConfigVariable } from '../lib/bhyve.ts';
import { COMMENT_LINE } from '../lib/conf.ts';
import { splitLines } from '../lib/lines.ts';

export interface BhyveConfigFacts {
  variables: ConfigVariable[];
  /** `wired` is false when a whole machine is described and memory.wired is not set, its default */
  vm: BhyveVm;
}

const VARIABLE = /^\s*([a-z][\w-]*(?:\.[\w-]+)*)=(.*)$/;
const MAX_VARIABLES = 5000;
const MAX_PROBLEMS = 20;

export default defineParser<BhyveConfigFacts>({
  kind: 'bhyve-config',
  side: 'host',
  title: 'bhyve configuration file or dump',
  source: 'the file given to bhyve -k, or bhyve -o config.dump=true …',
  shared: [COMMENT_LINE, /^\s*(?:name|uuid)=[^"]/],
  markers: [
    /^\s*pci\.\d{1,3}\.\d{1,2}\.\d{1,2}\.[\w.-]+=/,
    /^\s*(?:memory\.(?:size|wired|guest_in_core)|lpc\.(?:bootrom|bootvars|fwcfg|com\d\.path|pc-testdev)|x86\.(?:mptable|x2apic|strictio|strictmsr|verbosemsr|vmexit_on_\w+)|acpi_tables(?:_in_memory)?|virtio_msix|destroy_on_poweroff|rtc\.use_localtime|gdb\.(?:port|address|wait)|config\.dump|keyboard\.layout)=/,
    /^\s*cpus=\d+\s*$/,
  ],
  commands: [/^(?:\S*\/)?bhyve\b.*config\.dump=/],
  fileNames: [/(?:^|[/_-])bhyve[_-]config[\w.-]*$/],
  parse(text) {
    const variables: ConfigVariable[] = [];
    const problems: Problem[] = [];
    splitLines(text).forEach((raw, index) => {
      const line = index + 1;
      if (/^\s*(?:#|$)/.test(raw) || variables.length >= MAX_VARIABLES) return;
      const match = VARIABLE.exec(raw);
      if (!match) return;
      if (match[2] === '') {
        if (problems.length < MAX_PROBLEMS)
          problems.push({ line, message: `${match[1]}: bhyve refuses an empty value` });
        return;
      }
      variables.push({ line, name: match[1]!, value: match[2]! });
    });
    if (variables.length === 0) return { facts: undefined, problems };
    const vm: BhyveVm = { slots: [], passthru: [] };
    applyConfig(vm, variables);
    completeTopology(vm);
    if (vm.slots.length > 0 && vm.memory !== undefined) vm.wired ??= false;
    return { facts: { variables, vm }, problems };
  },
});
