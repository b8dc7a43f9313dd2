/** What NFKD leaves outside ASCII and people can read otherwise. */
const SPELLINGS: Record<string, string> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '‐': '-',
  '‑': '-',
  '–': '-',
  '—': '-',
  '−': '-',
  '→': '->',
  '←': '<-',
  '≤': '<=',
  '≥': '>=',
  '×': 'x',
  '·': '*',
  '•': '*',
  '®': '(R)',
  '©': '(C)',
};

/** The text in ASCII: accents dropped, signs spelled out, anything else a question mark. */
export const toAscii = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\x20-\x7e]/gu, (character) => SPELLINGS[character] ?? '?');
