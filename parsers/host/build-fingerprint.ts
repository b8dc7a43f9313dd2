/**
 * Which vmm.ko, bhyve, libvmmapi and firmware are installed: hashes in the form of sha256(1), and whether strings stand in
 * the files that tell patched builds from stock ones. Written by `gpudiag collect` (src/collect/fingerprint.ts); hashes
 * alone are what `sha256 /boot/kernel/vmm.ko /usr/sbin/bhyve` prints. They say what is on disk, not what runs.
 *
 * `bhyve bhyve ` is the CPUID signature of stock vmm (sys/amd64/vmm/x86.c), `KVMKVMKVM` the one that patches put in its
 * place; `config space mirror` is part of a message of the NVIDIA quirk in bhyve (pci_passthru_quirks.c).
 *
 * ```text
 * SHA256 (/boot/kernel/vmm.ko) = 0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9
 * STRING (/boot/kernel/vmm.ko) "bhyve bhyve " = present
 * STRING (/boot/kernel/vmm.ko) "KVMKVMKVM" = absent
 * UNREAD (/usr/sbin/bhyve) = permission denied
 * ```
 * ```json
 * { "files": [
 *   { "line": 1, "path": "/boot/kernel/vmm.ko",
 *     "sha256": "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
 *     "strings": [{ "line": 2, "text": "bhyve bhyve ", "present": true }, { "line": 3, "text": "KVMKVMKVM", "present": false }] },
 *   { "line": 4, "path": "/usr/sbin/bhyve", "unread": "permission denied", "strings": [] }] }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface FingerprintString extends Located {
  text: string;
  present: boolean;
}

export interface FingerprintedFile extends Located {
  path: string;
  /** lower-case hex; missing when the file could not be read */
  sha256?: string;
  /** why it could not be read */
  unread?: string;
  /** strings that were looked for, in this order */
  strings: FingerprintString[];
}

export interface BuildFingerprintFacts {
  files: FingerprintedFile[];
}

const PATH = String.raw`\((\/[^()\n]{1,500})\)`;
const HASH = new RegExp(`^\\s{0,40}SHA256 ${PATH} = ([0-9a-fA-F]{64})\\s*$`);
const STRING = new RegExp(`^\\s{0,40}STRING ${PATH} "([^"\\n]{1,200})" = (present|absent)\\s*$`);
const UNREAD = new RegExp(`^\\s{0,40}UNREAD ${PATH} = (\\S.{0,200})$`);
const RECORD = /^\s{0,40}(?:SHA256|STRING|UNREAD) \(/;

const MAX_FILES = 200;
const MAX_STRINGS = 50;
const MAX_PROBLEMS = 20;

export default defineParser<BuildFingerprintFacts>({
  kind: 'build-fingerprint',
  side: 'host',
  title: 'hashes and signatures of vmm.ko, bhyve, libvmmapi and the guest firmware',
  source: 'sha256 /boot/kernel/vmm.ko /usr/sbin/bhyve /usr/lib/libvmmapi.so.*',
  markers: [
    // Hashes of other files, such as ports' distinfo, are of no interest.
    /^\s{0,40}SHA256 \(\/[^()\n]{0,500}(?:vmm\.ko|bhyve|libvmmapi\.so[.\d]*|\.fd)\) = [0-9a-fA-F]{64}\s*$/,
    /^\s{0,40}STRING \(\/[^()\n]{1,500}\) "[^"\n]{1,200}" = (?:present|absent)\s*$/,
    /^\s{0,40}UNREAD \(\/[^()\n]{1,500}\) = \S/,
  ],
  commands: [/^(?:\S*\/)?sha256(?:sum)?\b.*(?:vmm|bhyve)/],
  fileNames: [/(?:^|\/)builds\.txt$/],
  parse(text) {
    const files = new Map<string, FingerprintedFile>();
    const problems: Problem[] = [];
    const fileOf = (path: string, line: number): FingerprintedFile | undefined => {
      const known = files.get(path);
      if (known !== undefined || files.size >= MAX_FILES) return known;
      const file: FingerprintedFile = { line, path, strings: [] };
      files.set(path, file);
      return file;
    };
    splitLines(text).forEach((raw, index) => {
      const line = index + 1;
      if (raw.length > 1000 || !RECORD.test(raw)) return;
      const hash = HASH.exec(raw);
      const string = STRING.exec(raw);
      const unread = UNREAD.exec(raw);
      const file = fileOf((hash ?? string ?? unread)?.[1] ?? '', line);
      if (hash !== null && file !== undefined) file.sha256 = hash[2]!.toLowerCase();
      else if (string !== null && file !== undefined) {
        if (file.strings.length < MAX_STRINGS)
          file.strings.push({ line, text: string[2]!, present: string[3] === 'present' });
      } else if (unread !== null && file !== undefined) file.unread = unread[2]!.trimEnd();
      else if (problems.length < MAX_PROBLEMS) problems.push({ message: 'a hash or string that cannot be read', line });
    });
    files.delete('');
    return { facts: files.size === 0 ? undefined : { files: [...files.values()] }, problems };
  },
});
