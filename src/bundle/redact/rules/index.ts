import { ADDRESS_RULES } from './addresses.ts';
import { CREDENTIAL_RULES } from './credentials.ts';
import { ID_RULES } from './ids.ts';
import { NAME_RULES } from './names.ts';
import type { RedactionRule } from './rule.ts';
import { TABLE_RULES } from './tables.ts';

/** Everything that is looked for. Where two rules meet on one stretch of text, the one that begins first wins. */
export const REDACTION_RULES: readonly RedactionRule[] = [
  ...CREDENTIAL_RULES,
  ...ADDRESS_RULES,
  ...ID_RULES,
  ...NAME_RULES,
  ...TABLE_RULES,
];
