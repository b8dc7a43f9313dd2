/** Archives that no honest program writes. */

export interface Member {
  name?: string;
  flag?: string;
  body?: string | Buffer;
  /** size that the header claims; missing: that of the body */
  size?: number | Buffer;
  prefix?: string;
  link?: string;
  magic?: string;
  checksum?: 'wrong' | 'signed';
  /** bytes at places of the header, before its sum is made */
  patch?: Record<number, number>;
}

const BLOCK = 512;

export const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;

export function member(options: Member): Buffer {
  const { name = '', flag = '0', body = '', prefix = '', link = '', magic = 'ustar\x0000' } = options;
  const content = Buffer.from(body as string);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  if (Buffer.isBuffer(options.size)) options.size.copy(header, 124);
  else header.write(octal(options.size ?? content.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write(flag, 156, 1, 'latin1');
  header.write(link, 157, 100);
  header.write(magic, 257, 8, 'latin1');
  header.write(prefix, 345, 155);
  for (const [at, byte] of Object.entries(options.patch ?? {})) header[Number(at)] = byte;
  header.fill(32, 148, 156);
  const signed = options.checksum === 'signed';
  const sum = header.reduce((all, byte) => all + (signed && byte > 127 ? byte - 256 : byte), 0);
  header.write(`${(options.checksum === 'wrong' ? sum + 1 : sum).toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

export const END = Buffer.alloc(2 * BLOCK);

export const archive = (...members: (Member | Buffer)[]): Buffer =>
  Buffer.concat([...members.map((one) => (Buffer.isBuffer(one) ? one : member(one))), END]);

/** A record of a PAX header: its own length in decimal, a blank, key, `=`, value, newline. */
export function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (String(length).length + Buffer.byteLength(rest) !== length) length += 1;
  return `${length}${rest}`;
}

export const pax = (...records: [string, string][]): Member => ({
  name: 'PaxHeaders/x',
  flag: 'x',
  body: records.map(([key, value]) => record(key, value)).join(''),
});
