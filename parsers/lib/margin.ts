/**
 * A line without the margin that mails and commented-out listings put before it (`> `, `>> `, `## `, `  ## `). The
 * indentation behind the margin stays: it carries the structure of the listing.
 */
export const unquote = (line: string): string => line.replace(/^\s{0,8}(?:>{1,4}|#{1,3})(?: |$)/, '');
