import { PROFILES, type Profile } from '../../model/profile.ts';
import { TOTAL_BYTES, TOTAL_MS } from '../bounds.ts';
import { READ_LIMIT } from '../files.ts';
import { thisMachine } from '../machine.ts';
import type { Probe } from '../probe.ts';
import { FREEBSD_GUEST_PROBES } from '../probes/freebsd-guest.ts';
import { HOST_PROBES } from '../probes/host.ts';
import { LINUX_GUEST_PROBES } from '../probes/linux-guest.ts';
import { DENIED_WORDS, NOT_THERE } from '../result.ts';
import { MAX_VMS } from '../surroundings.ts';
import { WANTED } from '../../scan/wanted.ts';
import { LIBRARY } from './library.ts';
import { rowOf } from './row.ts';

/** What the script does without options; its options override it. */
export interface ScriptDefaults {
  toolVersion: string;
  profile: Profile;
  /** VMs to look at; empty: all */
  vms: readonly string[];
  includeRisky: boolean;
}

const LISTS: readonly { name: string; probes: readonly Probe[] }[] = [
  { name: 'probes_host_freebsd', probes: HOST_PROBES },
  { name: 'probes_guest_linux', probes: LINUX_GUEST_PROBES },
  { name: 'probes_guest_freebsd', probes: FREEBSD_GUEST_PROBES },
];

/** A POSIX sh script that collects on a machine without Node, host or guest, and writes the same bundle as `collect`. */
export const renderScript = (defaults: ScriptDefaults): string =>
  [
    '#!/bin/sh',
    `# Made by gpudiag ${defaults.toolVersion}: gpudiag collect --script sh`,
    '# Collects what is needed to find out why a GPU that was passed through to a bhyve guest does not work.',
    '# It changes nothing on the machine. sh THIS -h shows the options, sh THIS -n every command it would run.',
    '#',
    '',
    '# Programs for awk and sh stand in single quotes and are meant to; placeholders are filled in in a subshell.',
    '# shellcheck disable=SC2016,SC2089,SC2090,SC2030,SC2031',
    '',
    ...constants(defaults),
    `SECRETS=${quote(LIBRARY['secrets.awk'])}`,
    '',
    LIBRARY['common.sh'],
    LIBRARY['bundle.sh'],
    ...LISTS.map(({ name, probes }) => listOf(name, probes)),
    'main "$@"',
    '',
  ].join('\n');

/**
 * What is fed to the shell of a guest.
 * @param nonce marks the frames of its output; nothing that a guest prints may be able to know it
 */
export const renderGuestScript = (defaults: Omit<ScriptDefaults, 'vms'>, nonce: string): string =>
  [
    '# Fed to a shell by gpudiag: a part of the script that gpudiag collect --script sh prints, so not all is used.',
    '# shellcheck disable=SC2016,SC2089,SC2090,SC2030,SC2031,SC2034',
    '',
    ...constants({ ...defaults, vms: [] }),
    `NONCE=${quote(nonce)}`,
    LIBRARY['common.sh'],
    LIBRARY['stream.sh'],
    ...LISTS.filter(({ name }) => name.includes('guest')).map(({ name, probes }) => listOf(name, probes)),
    'main',
    '',
  ].join('\n');

function constants({ toolVersion, profile, vms, includeRisky }: ScriptDefaults): string[] {
  const values: Record<string, string> = {
    TOOL_VERSION: toolVersion,
    DEFAULT_PROFILE: profile,
    DEFAULT_VMS: vms.join('\n'),
    DEFAULT_RISKY: includeRisky ? 'yes' : '',
    SYSTEM_PATH: thisMachine().path.join(':'),
    READ_LIMIT: String(READ_LIMIT),
    MOST_BYTES: String(TOTAL_BYTES),
    MOST_VMS: String(MAX_VMS),
    NOT_THERE,
    WANTED: LITERALS.join('\n'),
    WANTED_PATTERN: LITERALS.map(asPattern).join('|'),
    KEEP: LIBRARY['keep.awk'],
    BYTES: LIBRARY['bytes.awk'],
    ASSIGNMENTS: LIBRARY['assignments.awk'],
    JOBS: LIBRARY['jobs.sh'],
  };
  return [
    ...Object.entries(values).map(([name, value]) => `${name}=${quote(value)}`),
    // What the profiles have together for all their probes.
    'seconds_of_profile() {',
    '  case $1 in',
    ...PROFILES.map((name) => `  ${name}) echo ${TOTAL_MS[name] / 1000} ;;`),
    '  esac',
    '}',
    'sounds_denied() {',
    "  case $(printf '%s' \"$1\" | tr '[:upper:]' '[:lower:]') in",
    `  ${DENIED_WORDS.map((words) => `*${quote(words)}*`).join(' | ')}) return 0 ;;`,
    '  esac',
    '  return 1',
    '}',
    '',
  ];
}

/** Wanted strings without those that hold another one: where they stand, the other one stands too. */
const LITERALS = WANTED.filter((text) => !WANTED.some((other) => other !== text && text.includes(other))).filter(
  (text, i, all) => all.indexOf(text) === i,
);

/** An ERE that stands for the text, in the words that every awk knows. */
const asPattern = (text: string): string => text.replace(/[.*+?${}()|[]/g, '[$&]').replace(/[\\^]/g, String.raw`\$&`);

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const listOf = (name: string, probes: readonly Probe[]): string =>
  [
    `${name}() {`,
    // Those that can disturb the card run last.
    ...[...probes.filter(({ disturbs }) => !disturbs), ...probes.filter(({ disturbs }) => disturbs)].map(rowOf),
    '}',
    '',
  ].join('\n');
