import { describe, expect, it } from 'vitest';
import { createRedactor, type Redactor } from '../../src/bundle/redact/redact.ts';
import fc from '../support/property.ts';
import { base64, hex, PLACES } from './places.ts';
import { base64Spellings, countsOf, lineCount, redactAll, redactOne, standsIn } from './support.ts';

/** A bundle whose first text gives a host, a user, a serial number, a Wi-Fi name and an address away. */
const SOURCE = `klotilde@quorra7:~ $ cat x
hostname="quorra7.flynn-werke.de"
ada0: Serial Number WD-WCC7K4XTR91P
ssid="Flynns Bude"
inet 10.11.12.13 netmask 255.255.255.0
ether 58:9c:fc:0a:b1:2c
UUID: 7d3f6ae1-1c57-41ee-9b21-b42e99a1b2c3
password=geh31mzq
Reported-by: k.meier@flynn-werke.de
`;

const SECRETS = {
  user: 'klotilde',
  host: 'quorra7',
  domain: 'flynn-werke.de',
  serial: 'WD-WCC7K4XTR91P',
  ssid: 'Flynns Bude',
  ipv4: '10.11.12.13',
  mac: '58:9c:fc:0a:b1:2c',
  uuid: '7d3f6ae1-1c57-41ee-9b21-b42e99a1b2c3',
  password: 'geh31mzq',
  email: 'k.meier@flynn-werke.de',
};

describe('a known value', () => {
  it.each(Object.entries(PLACES))('is replaced %s', (_, hide) => {
    for (const [secretClass, value] of Object.entries(SECRETS)) {
      const hidden = `${hide(value)}\n`;
      const redactor = createRedactor();
      const texts = redactAll({ 'a.txt': SOURCE, 'b.txt': hidden }, redactor);
      expect(standsIn(texts['b.txt']!, value), `${secretClass}: ${hidden} -> ${texts['b.txt']}`).toEqual([]);
      expect(lineCount(texts['b.txt']!)).toBe(lineCount(hidden));
      const log = redactor.log().entries.filter(({ path }) => path === 'b.txt');
      expect(log.length, secretClass).toBeGreaterThan(0);
    }
  });

  it('is replaced in what was read before it, when that is learnt first', () => {
    const before = 'crash of quorra7 at klotilde\n';
    const texts = redactAll({ 'a.txt': before, 'b.txt': SOURCE });
    expect(texts['a.txt']).toBe('crash of host-1 at user-1\n');
  });

  it('gets the same token everywhere, and another value another one', () => {
    const texts = redactAll({
      'a.txt': 'a@quorra7:~ $ x\nb1@sark55:~ $ x\n',
      'b.txt': 'QUORRA7 sark55 quorra7 Sark55\n',
    });
    expect(texts['b.txt']).toBe('host-1 host-2 host-1 host-2\n');
  });

  it('is one secret in all the ways of writing an address', () => {
    const text = 'ether 58:9C:FC:0A:B1:2C\nphysical 58-9c-fc-0a-b1-2c\ncisco 589c.fc0a.b12c\nenx589cfc0ab12c\n';
    expect(redactOne(text)).toBe(
      'ether 02:00:00:00:00:01\nphysical 02-00-00-00-00-01\ncisco 0200.0000.0001\nenx020000000001\n',
    );
  });

  it('keeps the value of a UUID together with and without dashes', () => {
    const text = 'UUID: 7d3f6ae1-1c57-41ee-9b21-b42e99a1b2c3\n7D3F6AE11C5741EE9B21B42E99A1B2C3\n';
    expect(redactOne(text)).toBe('UUID: 00000000-0000-0000-0000-000000000001\n00000000000000000000000000000001\n');
  });

  it('is set off from what it is glued to', () => {
    const { 'b.txt': text } = redactAll({ 'a.txt': 'u1@quorra7:~ $ x\n', 'b.txt': 'quorra72 myquorra7 myquorra7vm\n' });
    expect(text).toBe('host-1-2 my-host-1 my-host-1-vm\n');
  });

  it('is replaced in the paths of a bundle', () => {
    const redactor = createRedactor();
    redactor.learn(SOURCE);
    expect(redactor.redactPath('guest/quorra7/home/klotilde/dmesg.txt')).toBe('guest/host-1/home/user-1/dmesg.txt');
    redactor.redact(SOURCE, { path: 'guest/quorra7/x.txt' });
    expect(JSON.stringify(redactor.log())).not.toMatch(/quorra7|klotilde/i);
  });

  it('may be given beforehand', () => {
    const redactor = createRedactor({
      known: [
        { class: 'host', value: 'quorra7' },
        { class: 'name', value: 'Project Grid' },
      ],
    });
    expect(redactor.redact('QUORRA7 runs project grid\n', { path: 'a' }).text).toBe('host-1 runs name-1\n');
  });
});

describe('short and common names', () => {
  it('are replaced where they stand as names and nowhere else', () => {
    const text =
      'max@irq:~ $ pciconf -lv\ncap 10[78] = PCI-Express 2 endpoint max data 256(512) max read 512\n/home/max/p4.rom\nirq 16\n';
    expect(redactOne(text)).toBe(
      'user-1@host-1:~ $ pciconf -lv\ncap 10[78] = PCI-Express 2 endpoint max data 256(512) max read 512\n/home/user-1/p4.rom\nirq 16\n',
    );
  });

  it('count as leaks where they stand as names', () => {
    const redactor = createRedactor();
    redactor.learn('max@irq:~ $ x\n');
    expect(redactor.leaks([{ path: 'a', text: 'max read 512\n' }])).toEqual([]);
    expect(redactor.leaks([{ path: 'a', text: 'x\n/home/max/a\n' }])).toEqual([
      { path: 'a', line: 2, class: 'user', writing: 'plain' },
    ]);
  });

  it('of nobody stay', () => {
    const text =
      'root@freebsd:~ # id\nuid=0(root) gid=0(wheel)\nFreeBSD freebsd 14.3-RELEASE FreeBSD 14.3-RELEASE GENERIC amd64\n';
    expect(redactOne(text)).toBe(text);
  });
});

describe('tokens', () => {
  it('have the form of what they replace', () => {
    expect(redactOne('{"serial": 1324217145110}\n')).toBe('{"serial": 9000000000001}\n');
    expect(redactOne('    ecap 0003[100] = Serial 1 a0369fffff1c2d3e\n')).toBe(
      '    ecap 0003[100] = Serial 1 0000000000000001\n',
    );
    expect(redactOne('GPU-d3da8716-eaab-75db-efc1-60e88e1cd55e\n')).toBe('GPU-00000000-0000-0000-0000-000000000001\n');
    expect(redactOne('inet 10.11.12.13 and 2a02:810d::7\n')).toBe('inet 198.51.100.1 and 2001:db8::1\n');
    expect(redactOne('hostname="quorra7.flynn.de"\n')).toBe('hostname="host-1.domain-1.example"\n');
    expect(redactOne('by k@flynn.de\n')).toBe('by mail-1@example.org\n');
  });

  it('of an earlier redaction stay and are not given twice', () => {
    const once = 'root@host-1:~ # x\ninet 198.51.100.1\n';
    expect(redactOne(once)).toBe(once);
    expect(redactOne(`${once}root@quorra7:~ # x\ninet 10.11.12.13\n`)).toBe(
      `${once}root@host-2:~ # x\ninet 198.51.100.2\n`,
    );
  });

  it('are as many addresses as there are values', () => {
    const lines = Array.from({ length: 2000 }, (_, i) => `10.20.${i >> 8}.${i & 255}`);
    const redacted = redactOne(`${lines.join('\n')}\n`)
      .trimEnd()
      .split('\n');
    expect(new Set(redacted).size).toBe(2000);
    for (const address of redacted)
      expect(address).toMatch(/^(?:198\.51\.100|203\.0\.113|192\.0\.2|198\.1[89]\.\d+)\.\d+$/);
  });
});

describe('the log', () => {
  it('says which rule replaced what where, and never the value', () => {
    const redactor = createRedactor();
    redactor.redact(`${SOURCE}quorra7\n`, { path: 'host/a.txt', kind: 'dmesg' });
    const log = redactor.log();
    expect(log.values).toMatchObject({
      host: 1,
      user: 1,
      serial: 1,
      ssid: 1,
      ipv4: 1,
      mac: 1,
      uuid: 1,
      password: 1,
      email: 1,
      domain: 1,
    });
    expect(log.entries).toContainEqual({
      path: 'host/a.txt',
      rule: 'prompt',
      class: 'host',
      writing: 'plain',
      count: 1,
      lines: [1],
    });
    expect(log.entries).toContainEqual({
      path: 'host/a.txt',
      rule: 'known-value',
      class: 'host',
      writing: 'plain',
      count: 1,
      lines: [10],
    });
    for (const value of Object.values(SECRETS)) expect(standsIn(JSON.stringify(log), value)).toEqual([]);
  });

  it('agrees with the counts of the text', () => {
    expect(countsOf(SOURCE)).toEqual({
      user: 1,
      host: 2,
      domain: 1,
      serial: 1,
      ssid: 1,
      ipv4: 1,
      mac: 1,
      uuid: 1,
      password: 1,
      email: 1,
    });
  });
});

describe('leaks', () => {
  const redactor = createRedactor();
  redactor.learn(SOURCE);

  it.each(Object.entries(PLACES))('are found %s', (_, hide) => {
    for (const [secretClass, value] of Object.entries(SECRETS)) {
      const text = `first line\n${hide(value)}\n`;
      const leaks = redactor.leaks([
        { path: 'clean.txt', text: 'nothing\n' },
        { path: 'b.txt', text },
      ]);
      expect(leaks.length, `${secretClass}: ${text}`).toBeGreaterThan(0);
      expect(leaks[0]!.path).toBe('b.txt');
      expect(leaks[0]!.line).toBeGreaterThanOrEqual(2);
      expect(JSON.stringify(leaks)).not.toContain(value);
    }
  });

  it('are found in paths', () => {
    expect(redactor.leaks([{ path: 'guest/quorra7/x', text: '' }])).toEqual([
      { path: 'guest/quorra7/x', line: 0, class: 'host', writing: 'plain' },
    ]);
  });

  it('are not reported for other names', () => {
    expect(
      redactor.leaks([{ path: 'a', text: 'quorra8 klothilde 10.11.12.130 110.11.12.13 1.10.11.12.13\n' }]),
    ).toEqual([]);
  });
});

/** Everyday text with secrets and technical identifiers strewn in. */
const strewn = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...Object.values(SECRETS),
        'NVRM:',
        'Xid',
        '0000:00:06.0',
        '10de:1bb3',
        '580.82.07',
        '0x800000000',
        '/home/',
        'root@',
        ':~ # ',
      ),
      fc.constantFrom(
        '\n',
        ' ',
        '\t',
        '"',
        "'",
        '=',
        ':',
        '/',
        '\\',
        '%',
        '\\n',
        '<',
        '>',
        ',',
        '-',
        '_',
        '\u0000',
        '\u2028',
        'ü',
        '😀',
        '\ud800',
      ),
      fc.string({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

/** A search for plain values in the way of people: folded, each value by itself. */
const naivelyHolds = (text: string, value: string): boolean => {
  const folded = text.toLowerCase();
  for (let at = folded.indexOf(value); at !== -1; at = folded.indexOf(value, at + 1)) {
    const before = folded[at - 1] ?? ' ';
    const after = folded[at + value.length] ?? ' ';
    if (!/[a-z0-9.]/.test(before) && !/[a-z0-9.]/.test(after)) return true;
  }
  return false;
};

describe('whatever the text', () => {
  const known: Redactor = createRedactor();
  known.learn(SOURCE);

  it('nothing throws, lines stay, no known value is left, and the leak search agrees', () => {
    fc.assert(
      fc.property(strewn, (text) => {
        const { text: redacted } = known.redact(text, { path: 'a' });
        expect(lineCount(redacted)).toBe(lineCount(text));
        for (const value of Object.values(SECRETS)) expect(naivelyHolds(redacted, value.toLowerCase())).toBe(false);
        expect(known.leaks([{ path: 'a', text: redacted }])).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('the same texts in the same order give the same result', () => {
    fc.assert(
      fc.property(fc.array(strewn, { maxLength: 3 }), (texts) => {
        const files = Object.fromEntries(texts.map((text, i) => [`${i}.txt`, text]));
        const [one, two] = [createRedactor(), createRedactor()];
        expect(redactAll(files, one)).toEqual(redactAll(files, two));
        expect(one.log()).toEqual(two.log());
      }),
    );
  });

  it('a planted value is found in every encoding', () => {
    const value = fc.stringMatching(/^[a-z]{6,10}[0-9]{2}$/);
    const around = fc.stringMatching(/^[ -~]{0,30}$/);
    fc.assert(
      fc.property(value, around, around, fc.nat({ max: 2 }), (name, before, after, shift) => {
        const redactor = createRedactor({ known: [{ class: 'host', value: name }] });
        const encodings = [
          ` ${name} `,
          ` ${name.toUpperCase()} `,
          hex(name),
          hex(name).toUpperCase(),
          base64(`${'zz'.slice(0, shift)}${name}`),
          ` ${encodeURIComponent(`/${name}/`)} `,
        ];
        for (const encoded of encodings) {
          const text = `${before}|${encoded}|${after}`;
          expect(redactor.leaks([{ path: 'a', text }]).length, text).toBeGreaterThan(0);
          const { text: redacted } = createRedactor({ known: [{ class: 'host', value: name }] }).redact(text, {
            path: 'a',
          });
          expect(standsIn(redacted, name), `${text} -> ${redacted}`).toEqual([]);
        }
      }),
    );
  });

  it('base64 cores are those that a plain encoding holds', () => {
    for (const value of Object.values(SECRETS)) {
      for (const [shift, core] of base64Spellings(value).slice(0, 3).entries()) {
        expect(base64(`${'ab'.slice(0, shift)}${value}tail`)).toContain(core);
      }
    }
  });
});
