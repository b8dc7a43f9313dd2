import type { SecretClass } from './classes.ts';
import { parseToken } from './tokens.ts';

/** What stands in the place of a serial number, a UUID or a key without being one. */
const PLACEHOLDERS: ReadonlySet<string> = new Set(
  `n/a|[n/a]|na|none|no|yes|true|false|on|off|auto|null|(null)|nil|undefined|unknown|[unknown error]|unknown error|err!|error
  empty|invalid|unset|not set|default|default string|to be filled by o.e.m.|to be filled by oem|to be filled by o.e.m|to be filled|filled|o.e.m.|oem
  tbd|not specified|not available|not applicable|not provided|not present|not settable|not supported|[not supported]|not
  unavailable|insufficient permissions|[insufficient permissions]|system serial number|chassis serial number
  base board serial number|board serial number|serial number|asset tag|asset-1234567890|no asset tag|no asset information
  chassis asset tag|base board asset tag|number|serial|uuid|no dimm|no module installed|hidden|(hidden)|redacted|[redacted]
  <redacted>|removed|masked|secret|password|passwd|your_password|yourpassword|changeme|enabled|disabled|required|optional
  permit|prohibit-password|without-password|files|compat|stdio|pty|virtconsole|licensed|unlicensed|missing|systemd|sss|ask
  any|function|string|bus|console|port|driver|controller|ata|attached|io`
    .split(/[|\n]/)
    .map((word) => word.trim()),
);

/** Zeros, crosses, question marks, stars, dashes, dots: a value that was blotted out or never written. */
const BLANK = /^(?:0x)?(?:[0xX?*._:/\s-]+|[fF:-]+|[.…]+)$/;
const COUNTED = /^0?123456789?0?(?:abcdef)?$/i;

/** PCI addresses stand where root hubs have no serial number (`usb usb1: SerialNumber: 0000:00:14.0`). */
const PCI_ADDRESS =
  /^(?:pci:?)?(?:[0-9a-f]{4,8}:)?[0-9a-f]{1,2}:[0-9a-f]{1,2}(?:[.:][0-9a-f]{1,2})?$|^pci\d+(?::\d+){0,3}$|^\d{1,3}\/\d{1,2}\/\d$/i;
const PCI_ID = /^[0-9a-f]{4}:[0-9a-f]{4}$/i;
/** Host controllers without a PCI address name themselves. */
const CONTROLLER = /[_-]hcd\b|^[xeou]hci\b/i;
const DEVICE_FILE = /^\/dev\/|^(?:stdio|tcp|telnet|unix|mon|nmdm|com\d|tty\w+)\b/i;
const UART = /^(?:8250|16550)/;
const VERSION = /^v?\d+(?:\.\d+){1,4}$/;

/**
 * UUIDs that are the same on every machine: types of partitions, EFI variables and Windows device classes. Nearly all of
 * them were made between 1993 and 2003, as the third group tells; no machine of today has one of that age of its own.
 */
const WELL_KNOWN_UUID =
  /^[0-9a-f]{8}-[0-9a-f]{4}-11(?:c[0-9a-f]|d[0-6])-|^(?:0fc63daf-8483-4772-8e79-3d69d8477de4|0657fd6d-a4ab-43c4-84e5-0933c84b4f4f|e6d6d379-f507-44c2-a23c-238f2a3df928|21686148-6449-6e6f-744e-656564454649|ebd0a0a2-b9e5-4433-87c0-68b6b72699c7|e3c9e316-0b5c-4db8-817d-f92df00215ae|de94bba4-06d1-4d40-a16a-bfd50179d6ac|d719b2cb-3d3a-4596-a3bc-dad00e67656f|605dab50-e046-4300-abb6-3dd810dd8b23|4f68bce3-e8cd-4db1-96e7-fbcaf984b709)$/i;

const SHORTEST: Partial<Record<SecretClass, number>> = {
  serial: 4,
  uuid: 8,
  licence: 4,
  key: 8,
  token: 8,
  password: 2,
};

/** Any word can be a name; words that identify nobody are told by vocabulary.ts. */
const NAMES: ReadonlySet<SecretClass> = new Set<SecretClass>(['host', 'domain', 'user', 'ssid', 'name']);

/** What no name has in it: `[N/A]`, `not set`. */
const NO_NAME = /[^\w.-]/;

/** True for a value that stands in a secret's place and is none: placeholders, tokens of an earlier redaction, addresses of devices. */
export function isTechnical(secret: SecretClass, value: string): boolean {
  const folded = value.trim().toLowerCase();
  if (folded.length < (SHORTEST[secret] ?? 1)) return true;
  if (BLANK.test(folded) || parseToken(value) !== undefined) return true;
  if ((!NAMES.has(secret) || NO_NAME.test(folded)) && PLACEHOLDERS.has(folded)) return true;
  switch (secret) {
    case 'serial':
    case 'licence':
      return (
        COUNTED.test(folded) ||
        PCI_ADDRESS.test(folded) ||
        PCI_ID.test(folded) ||
        CONTROLLER.test(folded) ||
        DEVICE_FILE.test(folded) ||
        UART.test(folded) ||
        VERSION.test(folded)
      );
    case 'uuid':
      return WELL_KNOWN_UUID.test(folded);
    case 'token':
    case 'key':
      return /^0x[0-9a-f]+$/.test(folded);
    case 'password':
      // A variable of a shell or a template, not a hash of crypt(3).
      return /^(?:%\w+%|\$[({]?[a-z_]\w*[)}]?|\{\{.*\}\})$/.test(folded);
    case 'mac':
      return /^(?:01[:-]00[:-]5e|33[:-]33|ff[:-]ff[:-]ff)/.test(folded);
    case 'ipv4':
      return isWellKnownIpv4(folded);
    case 'ipv6':
      return /^(?:fe80::1|ff0[0-9a-f]::)/.test(folded);
    default:
      return false;
  }
}

/** Loopback, unspecified, broadcast, masks, link-local multicast, reserved, and whole networks such as 10.0.0.0. */
function isWellKnownIpv4(address: string): boolean {
  const [a, b, c] = address.split('.').map(Number) as [number, number, number, number];
  return a === 0 || a === 127 || a >= 240 || (a === 224 && b === 0 && c === 0) || address.endsWith('.0.0.0');
}
