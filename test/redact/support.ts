import { createRedactor, type Redactor, type SecretClass } from '../../src/bundle/redact/redact.ts';

/** Redacts texts and their paths as one bundle: all are learnt from before the first is changed. */
export function redactAll(
  texts: Readonly<Record<string, string>>,
  redactor: Redactor = createRedactor(),
): Record<string, string> {
  for (const text of Object.values(texts)) redactor.learn(text);
  return Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [redactor.redactPath(path), redactor.redact(text, { path }).text]),
  );
}

/** Redacts one text. */
export const redactOne = (text: string): string => createRedactor().redact(text, { path: 'a.txt' }).text;

export const countsOf = (text: string): Partial<Record<SecretClass, number>> =>
  createRedactor().redact(text, { path: 'a.txt' }).counts;

export const lineCount = (text: string): number => text.split('\n').length;

/** Every spelling under which a value must not be found in a text; a search that shares no code with the redactor. */
export function spellings(value: string): string[] {
  const found = new Set<string>();
  for (const cased of [value, value.toLowerCase(), value.toUpperCase()]) {
    const bytes = Buffer.from(cased, 'utf8');
    found.add(cased.toLowerCase());
    found.add(encodeURIComponent(cased).toLowerCase());
    found.add(bytes.toString('hex'));
  }
  return [...found];
}

/** base64 with the value at each of the three places at which it can begin; without the characters its neighbours share. */
export function base64Spellings(value: string): string[] {
  return [value, value.toLowerCase(), value.toUpperCase()].flatMap((cased) =>
    [0, 1, 2].map((shift) => {
      const bytes = Buffer.concat([Buffer.alloc(shift, 'x'), Buffer.from(cased, 'utf8')]);
      const encoded = bytes.toString('base64');
      return encoded.slice(Math.ceil((shift * 4) / 3), Math.floor((bytes.length * 4) / 3));
    }),
  );
}

/** The spellings of a value that stand in a text, also over the end of a line. */
export function standsIn(text: string, value: string): string[] {
  const joined = [text, text.replace(/\n[ \t>|]*/g, '')];
  const folded = joined.map((one) => one.toLowerCase());
  return [
    ...spellings(value).filter((spelling) => folded.some((one) => one.includes(spelling))),
    ...base64Spellings(value).filter(
      (spelling) => spelling.length >= 6 && joined.some((one) => one.includes(spelling)),
    ),
  ];
}
