import * as v from 'valibot';
import { PROFILES } from '../model/profile.ts';

/**
 * `manifest.json`, the first file of a bundle: what was asked of the machine, what came of it, and the hash of every
 * file that follows. A probe that gave nothing is listed too, with the reason.
 */
export const MANIFEST_FILE = 'manifest.json';

/** What redaction replaced where and by which rule, without the values; the last file of a bundle. */
export const REDACTION_FILE = 'redaction.json';

const PROBE_STATUSES = ['ok', 'missing', 'denied', 'timed-out', 'failed', 'skipped'] as const;

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in lower-case hex'));
/** Forward slashes, relative, inside the bundle. */
const ArtifactPath = v.pipe(
  v.string(),
  v.regex(/^(?:host|guest)\/./, 'does not begin with host/ or guest/'),
  v.check(
    (path) => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'leads out of the bundle',
  ),
);

const Truncated = v.object({
  /** bytes of the artifact, before redaction */
  keptBytes: Count,
  /** bytes that were read and left out; with `endless` there may have been more */
  droppedBytes: Count,
  droppedLines: Count,
  /** the command was stopped because it printed without end */
  endless: v.optional(v.boolean()),
});

const ProbeRecord = v.object({
  /** id of the probe in the list of probes; several records share it when it gave several files */
  id: v.string(),
  side: v.picklist(['host', 'guest']),
  /** name of the guest */
  guest: v.optional(v.string()),
  /** file of the bundle; null when there is none */
  artifact: v.nullable(ArtifactPath),
  /** the command that was run, quoted as for sh(1) */
  command: v.optional(v.string()),
  /** the file that was read on the machine */
  path: v.optional(v.string()),
  status: v.picklist(PROBE_STATUSES),
  /** one line; always there unless the status is ok */
  reason: v.optional(v.string()),
  exitStatus: v.optional(Count),
  /** name of the signal that ended the command */
  signal: v.optional(v.string()),
  durationMs: v.optional(Count),
  /** of the artifact as it stands in the bundle; 0 and missing when there is none */
  bytes: Count,
  sha256: v.optional(Sha256),
  truncated: v.optional(Truncated),
  privilege: v.optional(v.picklist(['user', 'root'])),
  /** replacements by class, such as `{ "hostname": 3 }` */
  redactions: v.optional(v.record(v.string(), Count)),
});

const Attempt = v.object({
  command: v.string(),
  startedAt: v.string(),
  endedAt: v.string(),
  exitStatus: v.optional(Count),
  signal: v.optional(v.string()),
  timedOut: v.optional(v.boolean()),
});

export const ManifestSchema = v.object({
  schemaVersion: v.literal(1),
  tool: v.object({ name: v.string(), version: v.string() }),
  /** ISO 8601, UTC */
  createdAt: v.pipe(v.string(), v.isoTimestamp()),
  profile: v.optional(v.picklist(PROFILES)),
  /** who ran the probes */
  privilege: v.optional(v.picklist(['user', 'root'])),
  /** the VMs that were asked for; empty: all that were found */
  vm: v.optional(v.array(v.string())),
  /** the attempt that was bracketed with --around */
  around: v.optional(Attempt),
  redacted: v.boolean(),
  probes: v.array(ProbeRecord),
});

export type Manifest = v.InferOutput<typeof ManifestSchema>;
export type ProbeRecord = Manifest['probes'][number];
export type Truncation = v.InferOutput<typeof Truncated>;

/** Reads a manifest. The problem says where it departs from the schema, in one line. */
export function readManifest(text: string): { manifest: Manifest } | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: 'is not JSON' };
  }
  const result = v.safeParse(ManifestSchema, json);
  if (result.success) return { manifest: result.output };
  const issue = result.issues[0];
  return { problem: `${v.getDotPath(issue) ?? 'the top level'}: ${issue.message}` };
}

/** The bytes of the file: stable order of keys, two spaces, a newline at the end. */
export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`;
