/**
 * The log of NVIDIA's vGPU manager (`nvidia-vgpu-mgr` on KVM hosts, `vmiop_log` in vmware.log): syslog lines, or only
 * the message. It refuses a guest driver that is outside the range it supports: then the guest shows Code 43 or
 * `RmInitAdapter failed`. The release pairs that fit are in NVIDIA's vGPU release notes.
 *
 * ```text
 * nvidia-vgpu-mgr[2866]: notice: vmiop_log: ######## vGPU Manager Information: ########
 * nvidia-vgpu-mgr[2866]: notice: vmiop_log: Driver Version: 535.129.03
 * nvidia-vgpu-mgr[2866]: notice: vmiop_log: (0x0): vGPU supported range: (0x70001, 0x120001)
 * nvidia-vgpu-mgr[2866]: error: vmiop_log: (0x0): Incompatible Guest/Host drivers: Guest VGX version is older than the minimum version supported by the Host. Disabling vGPU.
 * ```
 * ```json
 * {
 *   "managerVersion": { "line": 2, "version": "535.129.03" },
 *   "supportedRange": { "line": 3, "from": "0x70001", "to": "0x120001" },
 *   "incompatibilities": [{ "line": 4, "newerSide": "host" }]
 * }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface VgpuIncompatibility extends Located {
  /** the message in one piece */
  text: string;
  /** which of the two is too new for the other; missing when the message only says that they differ */
  newerSide?: 'guest' | 'host';
}

export interface VgpuManagerLogFacts extends Located {
  managerVersion?: Located & { version: string };
  guestVersion?: Located & { version: string };
  supportedRange?: Located & { from: string; to: string };
  licenseState?: Located & { state: string };
  /** at most 100 */
  incompatibilities: VgpuIncompatibility[];
  /** messages of level error, at most 100 */
  errors: (Located & { text: string })[];
}

const MAX_MESSAGES = 100;
const PREFIX = /\b(?:nvidia-vgpu-mgr(?:\[\d+\])?|vmiop[-_](?:env_)?log|vmiop-display): /;
const ERROR = /\berror: vmiop[-_](?:env_)?log: (\S.{0,500})/;
const INCOMPATIBLE = /Incompatible Guest\/Host drivers: .*/;
const VERSION = /\bDriver Version: (\d[\d.]{1,20})/;

const newerSide = (text: string): VgpuIncompatibility['newerSide'] => {
  if (/Guest VGX version.{0,40} is newer|Host VGX version.{0,40} is older/i.test(text)) return 'guest';
  return /Guest VGX version.{0,40} is older|Host VGX version.{0,40} is newer/i.test(text) ? 'host' : undefined;
};

export default defineParser<VgpuManagerLogFacts>({
  kind: 'vgpu-manager-log',
  side: 'guest',
  title: 'log of the NVIDIA vGPU manager',
  source: 'journalctl -u nvidia-vgpu-mgr',
  markers: [/\bnvidia-vgpu-mgr(?:\[\d+\])?: /, /\bvmiop_(?:env_)?log: /, INCOMPATIBLE],
  commands: [/\bnvidia-vgpu-mgr\b/],
  fileNames: [/vgpu-mgr/i],
  log: true,
  parse(text) {
    const lines = splitLines(text);
    const incompatibilities: VgpuIncompatibility[] = [];
    const errors: VgpuManagerLogFacts['errors'] = [];
    const found: Partial<VgpuManagerLogFacts> = {};
    let first: number | undefined;
    let section: 'manager' | 'guest' = 'manager';
    for (const [index, whole] of lines.entries()) {
      const raw = whole.slice(0, 2000);
      const line = index + 1;
      if (!PREFIX.test(raw) && !INCOMPATIBLE.test(raw)) continue;
      first ??= line;
      if (/vGPU Manager Information/.test(raw)) section = 'manager';
      if (/Guest NVIDIA Driver Information/.test(raw)) section = 'guest';
      const version = VERSION.exec(raw)?.[1];
      if (version !== undefined) found[section === 'guest' ? 'guestVersion' : 'managerVersion'] ??= { line, version };
      const range = /vGPU supported range: \((0x[0-9a-f]+), (0x[0-9a-f]+)\)/i.exec(raw);
      if (range) found.supportedRange ??= { line, from: range[1]!.toLowerCase(), to: range[2]!.toLowerCase() };
      const license = /vGPU license state: (\S.{0,80})/.exec(raw)?.[1];
      if (license !== undefined) found.licenseState = { line, state: license.trim() };
      const message = INCOMPATIBLE.exec(raw)?.[0];
      if (message !== undefined && incompatibilities.length < MAX_MESSAGES) {
        // a post wraps the sentence; its rest stands on the next line without a prefix
        const next = lines[index + 1] ?? '';
        const complete = /\.\s*$/.test(message) || PREFIX.test(next) ? message : `${message} ${next.trim()}`;
        const joined = complete.trim().slice(0, 500);
        incompatibilities.push({ line, text: joined, newerSide: newerSide(joined) });
        continue;
      }
      const error = ERROR.exec(raw)?.[1];
      if (error !== undefined && errors.length < MAX_MESSAGES) errors.push({ line, text: error.trim() });
    }
    return {
      facts: first === undefined ? undefined : { line: first, ...found, incompatibilities, errors },
      problems: [],
    };
  },
});
