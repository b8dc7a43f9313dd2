/**
 * ACPI tables as acpidump(8) prints them: which exist, and what DMAR (Intel VT-d) and IVRS (AMD-Vi) describe.
 *
 * Command: `acpidump -t` as root; excerpts down to the one line of `acpidump -t | grep DMAR`. The wording is defined in
 * usr.sbin/acpi/acpidump/acpi.c: a comment block per table, `Host Address Width` already with the 1 added. Until 14.x
 * acpidump shows only the header of an IVRS. A complete dump (it begins with `RSD PTR`) without DMAR and IVRS proves
 * that firmware offers no IOMMU; an excerpt proves nothing by silence.
 *
 * ```text
 * /*
 *   DMAR: Length=184, Revision=1, Checksum=77,
 * 	OEMID=ALASKA, OEM Table ID=A M I, OEM Revision=0x1,
 * 	Creator ID=INTL, Creator Revision=0x20091013
 * 	Host Address Width=39
 * 	Flags={INTR_REMAP,X2APIC_OPT_OUT}
 *
 * 	Type=DRHD
 * 	Length=32
 * 	Flags={INCLUDE_ALL}
 * 	Segment=0
 * 	Address=0x00000000fed91000
 * 	Device Scope:
 * 		Type=IOAPIC
 * 		Length=8
 * 		EnumerationId=2
 * 		StartBusNumber=240
 * 		Path={31:0}
 *
 * 	Type=RMRR
 * 	Length=32
 * 	Segment=0
 * 	BaseAddress=0x000000008d800000
 * 	LimitAddress=0x000000008fffffff
 * 	Device Scope:
 * 		Type=PCI Endpoint Device
 * 		Length=8
 * 		EnumerationId=0
 * 		StartBusNumber=0
 * 		Path={2:0}
 *  *\/
 * ```
 *
 * ```json
 * {
 *   "tables": [{ "line": 2, "signature": "DMAR", "length": 184 }],
 *   "dmar": {
 *     "line": 2,
 *     "length": 184,
 *     "hostAddressWidth": 39,
 *     "flags": ["INTR_REMAP", "X2APIC_OPT_OUT"],
 *     "units": [
 *       {
 *         "line": 8, "type": "DRHD", "flags": ["INCLUDE_ALL"], "segment": 0, "address": "0xfed91000",
 *         "scopes": [{ "line": 14, "type": "IOAPIC", "startBus": 240, "path": [{ "slot": 31, "function": 0 }] }]
 *       },
 *       {
 *         "line": 20, "type": "RMRR", "base": "0x8d800000", "limit": "0x8fffffff",
 *         "scopes": [{ "line": 26, "type": "PCI Endpoint Device", "startBus": 0, "bdf": "0/2/0" }]
 *       }
 *     ]
 *   }
 * }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser, type ParseResult } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import { dictionary } from '../lib/records.ts';

export interface AcpiTablesFacts {
  tables: AcpiTable[];
  /** the dump begins with the root pointer, so tables that are not listed do not exist */
  complete: boolean;
  /** Intel VT-d; null when a complete dump has none */
  dmar?: DmarTable | null;
  /** AMD-Vi; null when a complete dump has none */
  ivrs?: IvrsTable | null;
  /** what acpidump itself complained of */
  toolErrors: (Located & { text: string })[];
}

export interface AcpiTable extends Located {
  /** four characters: `APIC`, `DMAR` */
  signature: string;
  /** bytes */
  length: number;
  revision?: number;
  oemId?: string;
  oemTableId?: string;
}

export interface DmarTable extends Located {
  /** bytes */
  length: number;
  /** bits of a physical address that DMA can reach */
  hostAddressWidth?: number;
  flags: string[];
  units: DmarUnit[];
}

/** DRHD: a remapping unit. RMRR: memory that firmware keeps for a device. ATSR, RHSA: further hints. */
export interface DmarUnit extends Located {
  type: string;
  flags: string[];
  segment?: number;
  /** registers of a DRHD */
  address?: string;
  /** first and last address of an RMRR */
  base?: string;
  limit?: string;
  scopes: DmarScope[];
}

export interface DmarScope extends Located {
  /** `PCI Endpoint Device`, `PCI Sub-Hierarchy`, `IOAPIC`, `HPET` ... */
  type: string;
  startBus?: number;
  /** slot and function of each bridge on the way, the device last */
  path: { slot: number; function: number }[];
  /** decimal bus/slot/function of a device that sits on the start bus itself */
  bdf?: string;
}

/** The structures of an IVRS (IVHD, IVMD) are kept as printed: field names differ between versions. */
export interface IvrsTable extends Located {
  /** bytes */
  length: number;
  structures: (Located & { type: string; fields: Record<string, string> })[];
}

const TABLE = /^\s*([A-Z][A-Z0-9!$ _]{3}): ?Length=(\d{1,9}), Revision=(\d{1,3})/;
const FIELD = /^\s*([A-Z][A-Za-z0-9_ ]{0,40}?)\s?=\s?(.*)$/;
const SCOPE_TYPES = /^(?:PCI |IOAPIC|HPET|ACPI NAMESPACE|NAMESPACE)/i;
const DMAR_TYPES = /^(?:DRHD|RMRR|ATSR|RHSA|ANDD|SATC|SIDP|\d{1,3})$/;
const MAX_RECORDS = 1000;

const flagsOf = (value: string): string[] =>
  value
    .replace(/^\{|\}$/g, '')
    .split(',')
    .map((flag) => flag.trim())
    .filter((flag) => flag !== '');

/** `0x00000000fed91000` without its leading zeros. */
function addressOf(value: string): string | undefined {
  const match = /^0x0*([0-9a-f]{1,16})\b/i.exec(value);
  return match ? `0x${match[1]!.toLowerCase()}` : undefined;
}

function pathOf(value: string): DmarScope['path'] {
  return [...value.slice(0, 400).matchAll(/(\d{1,2}):(\d{1,2})/g)].map(([, slot, fn]) => ({
    slot: Number(slot),
    function: Number(fn),
  }));
}

class Reader {
  readonly tables: AcpiTable[] = [];
  readonly toolErrors: AcpiTablesFacts['toolErrors'] = [];
  readonly problems: Problem[] = [];
  complete = false;
  dmar: DmarTable | undefined;
  ivrs: IvrsTable | undefined;
  private table: AcpiTable | undefined;
  private unit: DmarUnit | undefined;
  private scope: DmarScope | undefined;

  read(text: string, line: number): void {
    const header = TABLE.exec(text);
    if (header) {
      this.openTable(header, line);
      return;
    }
    if (/^\s*RSD PTR:/.test(text)) {
      this.complete = true;
      this.table = undefined;
      return;
    }
    if (text.startsWith('acpidump: ')) {
      this.toolErrors.push({ line, text: text.slice('acpidump: '.length) });
      return;
    }
    if (/^\s*\*\//.test(text)) {
      this.table = undefined;
      return;
    }
    if (this.table !== undefined) this.readFields(this.table, text, line);
  }

  private openTable([, signature, length, revision]: RegExpExecArray, line: number): void {
    const bytes = Number(length);
    this.table = { line, signature: signature!.trim(), length: bytes, revision: Number(revision) };
    this.unit = undefined;
    this.scope = undefined;
    if (this.tables.length < MAX_RECORDS) this.tables.push(this.table);
    if (this.table.signature === 'DMAR') this.dmar ??= { line, length: bytes, flags: [], units: [] };
    if (this.table.signature === 'IVRS') this.ivrs ??= { line, length: bytes, structures: [] };
  }

  private readFields(table: AcpiTable, text: string, line: number): void {
    const oem = /^\s*OEMID=(.{0,8}?), OEM Table ID=(.{0,12}?), OEM Revision=/.exec(text);
    if (oem) {
      table.oemId = oem[1]!.trim();
      table.oemTableId = oem[2]!.trim();
      return;
    }
    if (/^\s*Creator ID=/.test(text)) return;
    if (table.signature === 'DMAR' && this.dmar) this.readDmarField(this.dmar, text, line);
    if (table.signature === 'IVRS' && this.ivrs) readIvrsField(this.ivrs, text, line);
  }

  private readDmarField(dmar: DmarTable, text: string, line: number): void {
    const field = FIELD.exec(text);
    if (!field) return;
    const name = field[1]!;
    const value = field[2]!.trim();
    if (name === 'Type') this.openStructure(dmar, value, line);
    else if (this.scope !== undefined && this.unit !== undefined) readScopeField(this.scope, name, value);
    else if (this.unit !== undefined) this.readUnitField(this.unit, name, value, line);
    else if (name === 'Host Address Width' && /^\d{1,3}$/.test(value)) dmar.hostAddressWidth = Number(value);
    else if (name === 'Flags') dmar.flags = flagsOf(value);
  }

  private openStructure(dmar: DmarTable, type: string, line: number): void {
    if (SCOPE_TYPES.test(type) && this.unit !== undefined) {
      this.scope = { line, type, path: [] };
      if (this.unit.scopes.length < MAX_RECORDS) this.unit.scopes.push(this.scope);
      return;
    }
    if (!DMAR_TYPES.test(type)) {
      this.problem(line, `unknown DMAR structure: ${type.slice(0, 40)}`);
      return;
    }
    this.scope = undefined;
    this.unit = { line, type, flags: [], scopes: [] };
    if (dmar.units.length < MAX_RECORDS) dmar.units.push(this.unit);
  }

  private readUnitField(unit: DmarUnit, name: string, value: string, line: number): void {
    if (name === 'Flags') unit.flags = flagsOf(value);
    else if (name === 'Segment') unit.segment = Number.parseInt(value, 10) || 0;
    else if (name === 'Address' || name === 'BaseAddress' || name === 'LimitAddress') {
      const address = addressOf(value);
      if (address === undefined) this.problem(line, `${name} is no address: ${value.slice(0, 40)}`);
      else unit[name === 'Address' ? 'address' : name === 'BaseAddress' ? 'base' : 'limit'] = address;
    }
  }

  private problem(line: number, message: string): void {
    if (this.problems.length < 20) this.problems.push({ line, message });
  }
}

function readScopeField(scope: DmarScope, name: string, value: string): void {
  if (name === 'StartBusNumber' && /^\d{1,3}$/.test(value)) scope.startBus = Number(value);
  else if (name === 'Path') scope.path = pathOf(value);
  const [only, ...more] = scope.path;
  if (scope.startBus !== undefined && only !== undefined && more.length === 0) {
    scope.bdf = `${scope.startBus}/${only.slot}/${only.function}`;
  }
}

/** `Type=IVHD` or `IVHD Type=0x11 ...` opens a structure; the `name=value` pairs that follow belong to it. */
function readIvrsField(ivrs: IvrsTable, text: string, line: number): void {
  const opening = /^\s*(?:Type=)?(IVHD|IVMD)\b/.exec(text);
  if (opening && ivrs.structures.length < MAX_RECORDS) {
    ivrs.structures.push({ line, type: opening[1]!, fields: dictionary<string>() });
  }
  const structure = ivrs.structures.at(-1);
  if (structure === undefined) return;
  for (const [, name, value] of text
    .slice(0, 400)
    .matchAll(/\b((?:IOMMU |PCI )?[A-Za-z]\w{1,30})=(\{[^}]*\}|[^\s,]+)/g)) {
    structure.fields[name!] ??= value!;
  }
}

function parse(text: string): ParseResult<AcpiTablesFacts> {
  const reader = new Reader();
  splitLines(text).forEach((content, index) => {
    if (content.length <= 1024) reader.read(content, index + 1);
  });
  const { tables, toolErrors, complete, dmar, ivrs, problems } = reader;
  if (tables.length === 0 && toolErrors.length === 0) return { facts: undefined, problems };
  const absent = complete ? null : undefined;
  return { facts: { tables, complete, dmar: dmar ?? absent, ivrs: ivrs ?? absent, toolErrors }, problems };
}

export default defineParser<AcpiTablesFacts>({
  kind: 'acpi-tables',
  side: 'host',
  title: 'ACPI tables: is there an IOMMU, and what does it cover',
  source: 'acpidump -t',
  shared: [/^\s*\/\*\s*$/],
  markers: [
    /^\s*[A-Z][A-Z0-9!$ _]{3}: ?Length=\d+, Revision=\d+/,
    /^\s*RSD PTR: OEM=/,
    /^\s*OEMID=.{0,10}, OEM Table ID=/,
    /^\s*Creator ID=.{0,8}, Creator Revision=0x/,
    /^\s*Host Address Width=\d+/,
    /^\s*Type=(?:DRHD|RMRR|ATSR|RHSA|IVHD|IVMD|PCI Endpoint Device|PCI Sub-Hierarchy|IOAPIC|HPET|Local APIC|IO APIC|INT Override)\s*$/,
    /^\s*(?:EnumerationId|StartBusNumber)=\d+/,
    /^\s*(?:BaseAddress|LimitAddress)=0x/,
    /^\s*Device Scope:\s*$/,
    /^acpidump: \S/,
  ],
  commands: [/\bacpidump\b/],
  fileNames: [/acpidump|acpi-tables/i],
  parse,
});
