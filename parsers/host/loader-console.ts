/**
 * What FreeBSD's boot loader prints before the kernel speaks: which kernel and modules it loads, and why it gives up.
 *
 * Source: the screen or serial console of the machine (it is in no log file). The wording is defined in
 * stand/common/{module,load_elf,load_elf_obj,boot}.c and stand/lua/config.lua, FreeBSD 8 to 16. Before a module the
 * loader loads what the module depends on, so the file that was asked for stands at the head of a chain of
 * `loading required module` lines.
 *
 * ```text
 * Loading kernel...
 * /boot/kernel/kernel text=0x18a1b8 text=0xe1f3c8 data=0x140 data=0x1d5a40+0x42a5c0 syms=[0x8+0x1a2b3c+0x8+0x1b2c3d]
 * Loading configured modules...
 * /boot/kernel/vmm.ko size 0x3e2f10 at 0x2410000
 * /boot/modules/nvidia-drm.ko size 0x21500 at 0x27f3000
 * loading required module 'drm'
 * /boot/modules/drm.ko size 0x9c1a8 at 0x2815000
 * loading required module 'kernel'
 * module 'kernel' exists but with wrong version
 * ```
 *
 * ```json
 * {
 *   "files": [
 *     { "line": 2, "path": "/boot/kernel/kernel", "segments": [{ "name": "text", "bytes": 1614264 }, { "name": "text" }, { "name": "data" }, { "name": "data", "zeroed": 4367808 }] },
 *     { "line": 4, "path": "/boot/kernel/vmm.ko", "bytes": 4075280, "address": "0x2410000" },
 *     { "line": 5, "path": "/boot/modules/nvidia-drm.ko" },
 *     { "line": 7, "path": "/boot/modules/drm.ko", "requiredBy": "/boot/modules/nvidia-drm.ko" }
 *   ],
 *   "errors": [
 *     {
 *       "line": 9, "kind": "wrong-version", "name": "kernel", "text": "module 'kernel' exists but with wrong version",
 *       "file": "/boot/modules/drm.ko", "requested": "/boot/modules/nvidia-drm.ko"
 *     }
 *   ]
 * }
 * ```
 */
import { defineParser, type ParseResult } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface LoaderConsoleFacts {
  /** kernel and modules in the order loaded */
  files: LoadedFile[];
  required: (Located & { module: string })[];
  errors: LoaderError[];
}

export interface LoadedFile extends Located {
  path: string;
  /** of the kernel and old modules; sizes in bytes, `zeroed` is the part without content (bss) */
  segments: { name: string; bytes: number; zeroed?: number }[];
  /** of object modules */
  bytes?: number;
  address?: string;
  /** the file at the head of the chain that needed this one */
  requiredBy?: string;
}

export type LoaderErrorKind =
  'wrong-version' | 'not-found' | 'load-failed' | 'no-kernel' | 'blacklisted' | 'already-loaded' | 'configuration';

export interface LoaderError extends Located {
  kind: LoaderErrorKind;
  text: string;
  /** module or file the message names */
  name?: string;
  /** the last file loaded before the message: the one whose dependency failed */
  file?: string;
  /** the file that was asked for, at the head of the chain of required modules */
  requested?: string;
}

const ERRORS: { kind: LoaderErrorKind; regex: RegExp }[] = [
  { kind: 'wrong-version', regex: /^module '([^']{1,200})' exists but with wrong version/ },
  { kind: 'not-found', regex: /^can't find '([^']{1,200})'/ },
  { kind: 'not-found', regex: /^don't know how to load module '([^']{1,200})'/ },
  { kind: 'load-failed', regex: /^can't (?:load(?: file)?|open|verify) '([^']{1,200})'/ },
  { kind: 'load-failed', regex: /^can't load (?:file|module) before kernel/ },
  { kind: 'load-failed', regex: /^elf(?:32|64)_(?:load|obj)\w*: ./ },
  { kind: 'load-failed', regex: /^(\S{1,200})\.\.\. ?failed!/ },
  { kind: 'load-failed', regex: /^Failed to load module '([^']{1,200})'/ },
  { kind: 'no-kernel', regex: /^Failed to load (?:[Xx]en )?kernel '([^']{1,200})'/ },
  { kind: 'no-kernel', regex: /^(?:Unable to load a kernel|no bootable kernel|No kernel set, failed to load)/ },
  { kind: 'blacklisted', regex: /^Not loading blacklisted module '([^']{1,200})'/ },
  { kind: 'already-loaded', regex: /^warning: (?:file|module|KLD) '([^']{1,200})' already loaded/ },
  { kind: 'configuration', regex: /^Failed to (?:open|parse|read) config: '([^']{1,200})'/ },
  { kind: 'configuration', regex: /^Malformed line \(\d{1,6}\):/ },
];
const REQUIRED = /^loading required module '([^']{1,200})'/;
const FILE = /^(\/\S{1,200}) (?=text=0x|data=0x|size[ =]0x)(.{1,400})$/;
const SIZE = /^size[ =]0x([0-9a-f]{1,12})(?: at (0x[0-9a-f]{1,16}))?/;
const MAX_LINE = 1024;
const MAX_ERRORS = 200;

/** `text=0x189e58 data=0x140+0x42a5c0`; the lists of `syms=[...]` are not segments. */
function segmentsOf(text: string): LoadedFile['segments'] {
  return [...text.matchAll(/\b(text|data)=0x([0-9a-f]{1,12})(?:\+0x([0-9a-f]{1,12}))?/g)].map(
    ([, name, bytes, zeroed]) => ({
      name: name!,
      bytes: Number.parseInt(bytes!, 16),
      zeroed: zeroed === undefined ? undefined : Number.parseInt(zeroed, 16),
    }),
  );
}

function fileOf(text: string, line: number): LoadedFile | undefined {
  const match = FILE.exec(text);
  if (!match) return undefined;
  const file: LoadedFile = { line, path: match[1]!, segments: segmentsOf(match[2]!) };
  const size = SIZE.exec(match[2]!);
  if (size) {
    file.bytes = Number.parseInt(size[1]!, 16);
    if (size[2] !== undefined) file.address = size[2];
  }
  return file;
}

function errorOf(text: string, line: number): LoaderError | undefined {
  for (const { kind, regex } of ERRORS) {
    const match = regex.exec(text);
    if (match) return { line, kind, text, name: match[1] };
  }
  return undefined;
}

function parse(text: string): ParseResult<LoaderConsoleFacts> {
  const files: LoadedFile[] = [];
  const required: LoaderConsoleFacts['required'] = [];
  const errors: LoaderError[] = [];
  let requested: string | undefined;
  let isRequired = false;
  splitLines(text).forEach((raw, index) => {
    if (raw.length > MAX_LINE) return;
    const content = raw.trim();
    const line = index + 1;
    const file = fileOf(content, line);
    if (file) {
      if (isRequired) file.requiredBy = requested;
      else requested = file.path;
      isRequired = false;
      files.push(file);
      return;
    }
    const need = REQUIRED.exec(content);
    if (need) {
      isRequired = true;
      required.push({ line, module: need[1]! });
      return;
    }
    const error = errors.length < MAX_ERRORS ? errorOf(content, line) : undefined;
    if (!error) return;
    errors.push({ ...error, file: files.at(-1)?.path, requested });
    isRequired = false;
  });
  const nothing = files.length === 0 && required.length === 0 && errors.length === 0;
  return { facts: nothing ? undefined : { files, required, errors }, problems: [] };
}

export default defineParser<LoaderConsoleFacts>({
  kind: 'loader-console',
  side: 'host',
  title: 'FreeBSD boot loader: kernel and modules it loaded, and why not',
  source: 'the console while the boot loader runs (photograph or serial log)',
  markers: [
    /^\s*Loading (?:kernel|configured modules)\.\.\./,
    /^\s*\/\S+ (?:text=0x[0-9a-f]+ |size[ =]0x[0-9a-f]+(?: at 0x[0-9a-f]+)?\s*$)/,
    /^\s*loading required module '[^']+'/,
    /^\s*module '[^']+' exists but with wrong version/,
    /^\s*don't know how to load module '/,
    /^\s*can't (?:find|load file|load|open|verify) '[^']+'(?:$|[: ])/,
    /^\s*Failed to load (?:[Xx]en )?(?:kernel|module) '[^']+'/,
    /^\s*Not loading blacklisted module '/,
    /^\s*elf(?:32|64)_load\w*: /,
  ],
  fileNames: [/loader-console|bootloader/i],
  log: true,
  parse,
});
