import type { Matrix } from '../model/matrix.ts';
import type { ChangeLog } from './change-log.ts';

/** A file of the evidence of an entry, as text. */
export interface EvidenceFile {
  /** below the folder of the entry: `guest/compute1/dmesg.txt` */
  path: string;
  text: string;
}

/** What a site is made of. The same input gives the same bytes. */
export interface SiteInput {
  matrix: Matrix;
  /** by the id of the entry */
  evidence: ReadonlyMap<string, readonly EvidenceFile[]>;
  /** day for the age of releases, and of what changed since the earlier build: `2026-11-22` */
  date: string;
  /** what the earlier build knew; undefined for the first one */
  earlier?: ChangeLog;
  /** where the site will stand, with a slash at the end; without it the feed has relative links */
  address?: string;
  /** of the program */
  version: string;
}

/** A file of the site. */
export interface SiteFile {
  /** relative, with forward slashes; only `a-z 0-9 . - /` */
  path: string;
  text: string;
}
