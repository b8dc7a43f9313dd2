import { type Preflight, PreflightSchema } from '../model/preflight.ts';
import { documentOfPreflight } from './content/preflight.ts';
import { drawJson } from './json.ts';
import { drawMarkdown } from './markdown.ts';
import { drawText, type TextOptions } from './text.ts';

/** A preflight for a terminal or a plain text file. */
export const renderPreflightText = (preflight: Preflight, options: TextOptions): string =>
  drawText(documentOfPreflight(preflight, options.verbose), options);

/** A preflight for a forum or a bug tracker. */
export const renderPreflightMarkdown = (preflight: Preflight, verbose: boolean): string =>
  drawMarkdown(documentOfPreflight(preflight, verbose));

/** A preflight as `--json` prints it. */
export const renderPreflightJson = (preflight: Preflight): string => drawJson(PreflightSchema, preflight);
