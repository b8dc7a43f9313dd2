import { SHAPES } from '../words.ts';
import { type RedactionRule, SEPARATOR, sticky, valueOf } from './rule.ts';

const HEX_UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** Two blanks, a line's end or a separator: where a value with blanks in it ends. */
const REST = String.raw`[^\s"'<>,;=:](?:[^\s"'<>,;=]|[ ](?=[^\s=:"'<>]{1,40}(?:\s|$))){3,63}`;

/** Serial numbers and UUIDs of boards, disks, GPUs, USB and PCIe devices, systems and VMs. */
export const ID_RULES: readonly RedactionRule[] = [
  {
    id: 'uuid',
    wraps: true,
    on: [SHAPES.uuid],
    pattern: sticky(String.raw`(?<![0-9A-Za-z])(?<uuid>${HEX_UUID})(?![0-9A-Za-z])`, 'i'),
  },
  {
    id: 'gpu-uuid-cut-off',
    on: ['gpu', 'mig'],
    pattern: sticky(
      String.raw`(?:MIG-)?(?:GPU|MIG)-(?<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){0,3})(?:-[0-9a-f]{0,11})?(?=[\s.\u2026"',;)\]|/]|$)`,
    ),
  },
  {
    id: 'uuid-setting',
    on: ['uuid', 'partuuid', 'hostuuid', 'guid', 'poolguid', 'hostid', 'ufsid', 'luid', 'clusteruuid'],
    pattern: sticky(
      [
        String.raw`(?:part|host|cluster)?uuid(?:\\{0,3}["'])?[ \t]{0,60}[:=>][ \t]{0,20}\\{0,3}["']?(?<uuid>[0-9a-f]{4,16}(?:[:-][0-9a-f]{2,16}){0,7})(?![0-9a-z])`,
        String.raw`(?:pool_?)?guid(?:\\{0,3}["'])?[ \t]{0,60}[:=>]?[ \t]{0,20}["']?(?<uuid_2>\d{15,20}|0x[0-9a-f]{12,16})(?!\w)`,
        String.raw`hostid(?:\\{0,3}["'])?[ \t]{0,20}[:=][ \t]{0,20}["']?(?<uuid_3>0x[0-9a-f]{4,16}|[0-9a-f]{6,16}|\d{6,12})(?!\w)`,
        String.raw`ufsid/(?<uuid_4>[0-9a-f]{16})`,
      ].join('|'),
      'i',
    ),
  },
  {
    id: 'zpool-id',
    on: ['id'],
    at: 'line',
    pattern: sticky(String.raw`[ \t]{1,8}id: (?<uuid>\d{15,20})[ \t]{0,8}(?:\n|$)`),
  },
  {
    id: 'machine-id',
    on: ['machine', 'boot', 'hostnamectl'],
    pattern: sticky(
      String.raw`(?:machine|boot)[ _-]?id(?:\\{0,3}["'])?[ \t]{0,20}[:=]?[ \t]{0,20}\\{0,3}["']?(?<uuid>[0-9a-f]{32})(?!\w)|boot (?<uuid_2>[0-9a-f]{32})(?!\w)`,
      'i',
    ),
  },

  {
    id: 'pcie-serial',
    on: ['serial'],
    // pciconf: `ecap 0003[100] = Serial 1 a0369fffff1c2d3e`; lspci: `Device Serial Number a0-36-9f-ff-ff-1c-2d-3e`
    pattern: sticky(
      String.raw`Serial \d{1,2} (?<serial>[0-9a-f]{16})(?!\w)|Serial Number (?<serial_2>[0-9a-f]{2}(?:-[0-9a-f]{2}){7})(?![\w-])`,
    ),
  },
  {
    id: 'device-serial-line',
    on: ['serial'],
    // `ada0: Serial Number WD-WCC4E1234567`, `GPU serial number is 0123456789012.`
    pattern: sticky(
      String.raw`Serial Number[ \t]{1,20}(?<serial>[\w+./-](?:[\w+./-]|[ ](?=\S{1,40}[ \t]{0,20}(?:\n|$))){3,63})[ \t]{0,20}(?=\n|$)|serial number is (?<serial_2>\w{4,40})`,
    ),
  },
  {
    id: 'serial-line',
    on: ['serial', 'chassis', 'asset', 'service', 'tag'],
    // Values with blanks in them, as dmidecode and smartctl print them.
    pattern: sticky(
      String.raw`(?:serial (?:number|no\.?)|asset tag|service tag)[ \t]{0,60}:[ \t]{1,40}(?<serial>${REST})[ \t]{0,20}(?=\n|$)`,
      'i',
    ),
  },
  {
    id: 'serial-setting',
    on: ['serial', 'serialnumber', 'serialno', 'ser', 'servicetag', 'assettag', 'sernum'],
    pattern: sticky(
      String.raw`(?:serial(?:[ _-]?(?:number|no\.?|nr\.?|num))?|ser|sernum|service[ _-]?tag|asset[ _-]?tag)${SEPARATOR}${valueOf('serial', 4, 'no brackets')}`,
      'i',
    ),
  },
  {
    id: 'tag-setting',
    on: ['tag', 'asset', 'service'],
    pattern: sticky(
      String.raw`(?:(?<=\b(?:smbios\.[\w.]{1,40}|chassis[ _.-]|asset[ _.-]|service[ _.-]))tag|(?:asset|service)[ _-]tag)${SEPARATOR}${valueOf('serial', 4, 'no brackets')}`,
      'i',
    ),
  },
  {
    id: 'vpd-serial',
    on: ['sn'],
    // pciconf -V: `VPD ro SN  = '...'`; lspci: `[SN] Serial number: ...`
    pattern: sticky(
      String.raw`SN[ \t]{1,8}=[ \t]{0,8}'(?<serial>[^'\n]{4,64})'|SN\][ \t]Serial number:[ \t]{1,8}(?<serial_2>\S[^\n]{2,62}\S)`,
    ),
  },
  {
    id: 'serial-abbreviated',
    on: ['s'],
    pattern: sticky(String.raw`S\/N[ \t]{0,20}[:=#]?[ \t]{0,20}(?<serial>[\w-]{4,40})`, 'i'),
  },
  {
    id: 'serial-in-tag',
    on: ['sn'],
    pattern: sticky(String.raw`SN[=:#][ \t]{0,4}["']?(?<serial>[A-Z0-9][\w-]{3,40})`),
  },
  {
    id: 'die-id',
    on: ['pdi', 'ecid'],
    // Long enough to be no address of anything, it is one also without what marks it as hexadecimal.
    pattern: sticky(
      String.raw`(?:pdi|ecid)${SEPARATOR}["']?(?:0x(?<serial>[0-9a-f]{12,32})|(?<serial_2>(?:0x)?[0-9a-f]{8,32}))(?!\w)`,
      'i',
    ),
  },
  {
    id: 'disk-id-path',
    on: ['diskid'],
    pattern: sticky(
      String.raw`diskid(?:\/|\\\/|%2F)DISK-(?<serial>[^\s"'/,;<>()[\]]{3,80}?)(?=(?:p\d{1,3}|s\d[a-h]?)?(?:\.(?:eli|nop|journal))?(?:[\s"'/,;<>()[\]]|\.\s|$))`,
    ),
  },
  {
    id: 'disk-by-id-path',
    on: ['id'],
    // `/dev/disk/by-id/ata-WDC_WD40EFRX-68N32N0_WD-WCC7K0123456-part1`, `nvme-eui...` and `wwn-...` are below
    pattern: sticky(
      String.raw`(?<=\/by-)id\/(?:ata|nvme|scsi|usb|mmc|virtio)-(?:[^\s"'/<>]{1,80}_)?(?<serial>[^\s"'/<>_]{4,40}?)(?=(?:-part\d{1,3}|-\d:\d|_\d)?(?:[\s"'/<>,:;]|$))`,
    ),
  },
  {
    id: 'world-wide-name',
    on: ['wwn', 'naa', 'eui', 'lunid'],
    pattern: sticky(
      String.raw`(?:wwn|naa|eui|lunid)(?:\\{0,3}["'])?[.:= -]{1,3}[ \t]{0,20}["']?(?:(?:0x)?(?<serial>[0-9a-f]{16,32})|(?<serial_3>[0-9a-f]{2}(?::[0-9a-f]{2}){7}))(?![0-9a-z])|WWN Device Id: (?<serial_2>[0-9a-f] [0-9a-f]{6} [0-9a-f]{9})`,
      'i',
    ),
  },
  {
    id: 'windows-instance-path',
    on: ['ven', 'vid', 'prod'],
    // `USB\VID_0781&PID_5581\SERIAL`, `USBSTOR\Disk&Ven_X&Prod_Y\SERIAL&0`, `PCI\VEN_8086&DEV_1539...\(serial of ecap 0003)00`
    pattern: sticky(
      [
        String.raw`VEN_[0-9A-F]{4}&[^\\\s"]{4,80}\\{1,4}(?<serial>[0-9A-F]{16})(?=00(?!\w))`,
        String.raw`VID_[0-9A-F]{4}&PID_[0-9A-F]{4}[^\\\s"]{0,20}\\{1,4}(?<serial_2>[0-9A-Z]{8,64})(?![\w&])`,
        String.raw`Prod_[^\\\s"]{1,60}\\{1,4}(?<serial_3>[0-9A-Z]{8,64})(?=&\d)`,
      ].join('|'),
      'i',
    ),
  },
  {
    id: 'nvme-qualified-name',
    on: ['nqn'],
    pattern: sticky(String.raw`nqn\.[\w.-]{1,80}:(?!uuid:)[0-9a-f]{8}(?<serial>[\w-]{6,40})`),
  },
];
