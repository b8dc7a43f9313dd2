import { expect, it } from 'vitest';
import parser from '../../../parsers/host/jail-conf.ts';

const read = (text: string) => parser.parse(text).facts!;

it('reads comments of three kinds, quotes, lists and negated parameters', () => {
  const text = `# defaults
exec.start = "/bin/sh /etc/rc"; /* started
  so */
gpu {  // one jail
  path = '/jails/gpu; x';
  ip4.addr = 10.0.0.1, 10.0.0.2;
  allow.vmm = 1; allow.noraw_sockets;
  exec.poststop += "a";
  securelevel=-1;
  enforce_statfs = 1
}
`;
  const { facts, problems } = parser.parse(text);
  expect(facts).toMatchObject({
    defaults: [{ line: 2, name: 'exec.start', value: '/bin/sh /etc/rc' }],
    jails: [
      {
        line: 4,
        lastLine: 11,
        name: 'gpu',
        allow: ['allow.vmm'],
        deny: ['allow.raw_sockets'],
        securelevel: -1,
        enforceStatfs: 1,
      },
    ],
  });
  expect(facts!.jails[0]!.parameters).toMatchObject([
    { name: 'path', value: '/jails/gpu; x' },
    { name: 'ip4.addr', value: '10.0.0.1, 10.0.0.2', line: 6 },
    {},
    {},
    { operator: '+=', value: 'a' },
    {},
    {},
  ]);
  expect(problems).toEqual([{ line: 10, message: 'enforce_statfs: no ; at the end' }]);
});

it('reads an excerpt that begins inside a block', () => {
  expect(read('  devfs_ruleset = 9;\n  securelevel = 2;\n}\n').jails).toMatchObject([
    { line: 1, devfsRuleset: 9, securelevel: 2 },
  ]);
});

it('keeps the host name out', () => {
  expect(JSON.stringify(read('a { host.hostname = secret.example.org; vnet; }'))).not.toContain('secret');
});

it('does not take prose or code for jails', () => {
  expect(parser.parse('well; that was it.\nThe end.').facts).toBeUndefined();
});
