export const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
export const hex = (text: string): string => Buffer.from(text, 'utf8').toString('hex');
const half = (text: string): [string, string] => [text.slice(0, text.length >> 1), text.slice(text.length >> 1)];

/** Ways to hide a value. What is around it must stay. */
export const PLACES: Record<string, (value: string) => string> = {
  'inside a path': (value) => `open("/mnt/${value}/roms/p4.rom") = 3`,
  'inside a URL': (value) => `GET https://cloud.test/${encodeURIComponent(value)}/x?y=1`,
  'in JSON': (value) => `{"a":[{"b":${JSON.stringify(value)}}]}`,
  'in JSON inside JSON': (value) => JSON.stringify({ log: JSON.stringify({ b: value }) }),
  'in XML text': (value) => `<a><b>${value}</b></a>`,
  'in an XML attribute': (value) => `<a b="${value}"/>`,
  'in upper case': (value) => `NAME ${value.toUpperCase()} END`,
  'in lower case': (value) => `name ${value.toLowerCase()} end`,
  'between underscores': (value) => `crash_${value}_2025`,
  'in brackets': (value) => `[${value}](${value})<${value}>{${value}}`,
  'wrapped in the middle': (value) => half(value).join('\n'),
  'wrapped and quoted': (value) => `> text ${half(value).join('\n> ')} text`,
  'wrapped and indented': (value) => `text ${half(value).join('\n        ')} text`,
  'wrapped after its first character': (value) => `text ${value.slice(0, 1)}\n${value.slice(1)} text`,
  'in hex': (value) => `data: ${hex(value)}`,
  'in upper-case hex': (value) => `data: 0x${hex(value).toUpperCase()}00`,
  'in hex inside more hex': (value) => hex(`abc${value}def`),
  'in a dump of bytes': (value) => `0000: ${hex(value).replace(/..(?=.)/g, '$& ')}`,
  'in base64': (value) => `Basic-ish ${base64(value)}`,
  'in base64 at the second place': (value) => base64(`u${value}:x`),
  'in base64 at the third place': (value) => base64(`ux${value}:x`),
  'in base64 of the upper case': (value) => base64(`${value.toUpperCase()}`),
  'with every byte escaped as in a URL': (value) => value.replace(/./gs, (char) => `%${hex(char)}`),
  'behind an escaped line break': (value) => `"first\\n${value}\\nthird"`,
  'in a file name': (value) => `vm-${value.replaceAll(' ', '_')}.log and vm-${value}.log`,
};
