import { type Comparison, ComparisonSchema } from '../model/comparison.ts';
import { documentOfComparison } from './content/compare.ts';
import { drawJson } from './json.ts';
import { drawMarkdown } from './markdown.ts';
import { drawText, type TextOptions } from './text.ts';

/** A comparison for a terminal or a plain text file. */
export const renderComparisonText = (comparison: Comparison, options: TextOptions): string =>
  drawText(documentOfComparison(comparison, options.verbose), options);

/** A comparison for a forum or a bug tracker. */
export const renderComparisonMarkdown = (comparison: Comparison, verbose: boolean): string =>
  drawMarkdown(documentOfComparison(comparison, verbose));

/** A comparison as `--json` prints it. */
export const renderComparisonJson = (comparison: Comparison): string => drawJson(ComparisonSchema, comparison);
