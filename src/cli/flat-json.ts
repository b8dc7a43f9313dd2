/** An entry of an object, with the line of its key, counted from 1. */
export interface FlatEntry {
  key: string;
  /** text, number, true or false, as text */
  value: string;
  line: number;
}

export type FlatJson = { entries: FlatEntry[] } | { problem: string; line: number };

/** Spaces; the marks of an object; a string; any other run of characters. */
const TOKEN = /\s+|[{}[\]:,]|"(?:[^"\\\n]|\\.)*"|[^\s{}[\]:,"]+|"/gy;
const SCALAR = /^(?:true|false|-?\d+(?:\.\d+)?)$/;

interface Token {
  text: string;
  line: number;
}

/** One JSON object of texts, numbers, true and false; everything wrong with it has its line. */
export function parseFlatJson(text: string): FlatJson {
  const tokens = tokensOf(text.replace(/^\ufeff/, ''));
  const entries: FlatEntry[] = [];
  let at = 0;
  const next = (): Token => tokens[Math.min(at++, tokens.length - 1)]!;
  const wrong = ({ text: found, line }: Token, wanted: string): FlatJson => ({
    problem: `${wanted} is expected, not ${found === END ? 'the end' : found}`,
    line,
  });

  const open = next();
  if (open.text !== '{') return wrong(open, '{');
  for (let token = next(); token.text !== '}' || entries.length > 0; token = next()) {
    const key = stringOf(token);
    if (key === undefined)
      return wrong(token, entries.length === 0 ? 'a key in double quotes or }' : 'a key in double quotes');
    if (entries.some((entry) => entry.key === key)) return { problem: `${key} stands there twice`, line: token.line };
    const colon = next();
    if (colon.text !== ':') return wrong(colon, `: after "${key}"`);
    const value = next();
    const content = stringOf(value) ?? (SCALAR.test(value.text) ? value.text : undefined);
    if (content === undefined) return wrong(value, `a text in double quotes, a number, true or false for ${key}`);
    entries.push({ key, value: content, line: token.line });
    const end = next();
    if (end.text === '}') break;
    if (end.text !== ',') return wrong(end, ', or }');
  }
  const rest = next();
  return rest.text === END ? { entries } : wrong(rest, 'the end');
}

const END = '';

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token.trim() !== '') tokens.push({ text: token, line });
    line += token.split('\n').length - 1;
  }
  return [...tokens, { text: END, line }];
}

function stringOf({ text }: Token): string | undefined {
  if (text.length < 2 || !text.startsWith('"')) return undefined;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
