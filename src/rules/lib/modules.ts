import type { LogHit, LogPattern } from '../../model/pattern.ts';

/**
 * How kernel, kldload(8) and boot loader refuse a module that was built for another kernel (sys/kern/kern_linker.c,
 * sys/kern/link_elf*.c, stand/common/module.c).
 */
export const MODULE_PATTERNS = {
  depends: {
    regex: /KLD (?:file )?(?<module>[\w-]+)\.ko: depends on (?<on>[\w-]+) - not available or version mismatch/,
    literals: ['not available or version mismatch'],
  },
  dependency: {
    regex: /KLD file (?<module>[\w-]+)\.ko (?:is missing dependencies|- cannot find dependency "kernel")/,
    literals: ['is missing dependencies', 'cannot find dependency "kernel"'],
  },
  symbol: {
    regex: /link_elf(?:_obj)?: symbol (?<symbol>\S+) undefined/,
    literals: ['link_elf: symbol', 'link_elf_obj: symbol'],
  },
  file: {
    regex: /linker_load_file: (?:\S*\/)?(?<module>[\w-]+)\.ko - unsupported file type/,
    literals: ['linker_load_file: '],
  },
  kldload: {
    regex:
      /kldload: (?:an error occurred while loading module (?:\S*\/)?(?<module>[\w-]+?)(?:\.ko)?\. |can't load (?:\S*\/)?(?<refused>[\w-]+?)(?:\.ko)?: Exec format error)/,
    literals: ['an error occurred while loading', "kldload: can't load "],
  },
  /** the boot loader: what it loads, then the dependency that does not fit */
  loading: {
    regex: /^(?<path>\/\S+\/(?<module>[\w-]+)\.ko) (?:size|text=)/,
    literals: ['.ko size', '.ko text='],
    kinds: ['loader-console'],
  },
  wrongVersion: {
    regex: /module '(?<on>[\w-]+)' exists but with wrong version/,
    literals: ['exists but with wrong version'],
  },
} satisfies Record<string, LogPattern>;

export interface RefusedModule {
  module: string;
  lines: LogHit[];
  /** the message itself names versions or symbols; otherwise it only says that loading failed */
  proven: boolean;
}

/** Lines of one message stand next to each other. */
const NEAR = 3;

/** Modules that do not fit the kernel, by name. */
export function refusedModules(hits: (pattern: string) => readonly LogHit[]): RefusedModule[] {
  const refused = new Map<string, RefusedModule>();
  const add = (module: string, lines: readonly LogHit[], proven: boolean): void => {
    const known = refused.get(module) ?? { module, lines: [], proven: false };
    known.lines.push(...lines);
    known.proven ||= proven;
    refused.set(module, known);
  };
  for (const hit of [...hits('depends'), ...hits('dependency')]) add(hit.groups.module!, [hit], true);
  const files = hits('file');
  for (const hit of hits('symbol')) {
    const file = files.find(
      ({ artifact, line }) => artifact === hit.artifact && line > hit.line && line <= hit.line + NEAR,
    );
    // Without the line that names the file, the module in question is not known.
    if (file !== undefined) add(file.groups.module!, [hit, file], true);
  }
  for (const hit of hits('kldload')) add(hit.groups.module ?? hit.groups.refused!, [hit], false);
  for (const hit of files) if (refused.has(hit.groups.module!)) add(hit.groups.module!, [hit], false);
  for (const hit of hits('wrongVersion')) {
    const before = hits('loading').filter(({ artifact, line }) => artifact === hit.artifact && line < hit.line);
    // Modules outside /boot/kernel come from packages or ports, and only those can be of another build.
    const foreign = before.filter(({ groups }) => !groups.path!.startsWith('/boot/kernel/'));
    const blamed = foreign[0] ?? before.at(-1);
    if (blamed !== undefined) add(blamed.groups.module!, [blamed, hit], true);
    else add('kernel module', [hit], true);
  }
  return [...refused.values()];
}
