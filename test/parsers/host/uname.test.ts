import { expect, it } from 'vitest';
import parser from '../../../parsers/host/uname.ts';

const only = (text: string) => parser.parse(text).facts!.systems[0]!;

it.each([
  [
    'FreeBSD host 12.1-RELEASE FreeBSD 12.1-RELEASE r354233 GENERIC  amd64',
    { release: '12.1-RELEASE', revision: 'r354233', ident: 'GENERIC', arch: 'amd64' },
  ],
  [
    'FreeBSD host 15.0-CURRENT FreeBSD 15.0-CURRENT #4 nvidia-wip-n271000-0a1b2c3d4e5f-dirty: Mon Jan  5 10:00:00 UTC 2026     me@host:/usr/obj/usr/src/amd64.amd64/sys/GPU amd64',
    {
      gitId: 'nvidia-wip-n271000-0a1b2c3d4e5f-dirty',
      branch: 'nvidia-wip',
      commitCount: 271000,
      dirty: true,
      ident: 'GPU',
    },
  ],
  [
    'FreeBSD fw 13.2-RELEASE-p7-HBSD FreeBSD 13.2-RELEASE-p7-HBSD #0  1a2b3c4d5e6(stable/23.1)-dirty: Mon Oct  2 11:00:00 UTC 2023     root@b:/usr/obj/sys/SMP amd64',
    { release: '13.2-RELEASE-p7-HBSD', revision: '1a2b3c4d5e6(stable/23.1)-dirty', dirty: true, ident: 'SMP' },
  ],
  ['FreeBSD 14.2-RELEASE-p1 amd64', { release: '14.2-RELEASE-p1', arch: 'amd64' }],
  [
    'FreeBSD h 13.2-RELEASE FreeBSD 13.2-RELEASE releng/13.2-n254617-525ecfdad597 GENERIC arm64',
    { arch: 'arm64', ident: 'GENERIC' },
  ],
])('%s', (text, expected) => {
  expect(only(text)).toMatchObject({ system: 'FreeBSD', ...expected });
  expect((parser.side as (text: string) => string)(text)).toBe('host');
});

it('reads Linux and puts it on the guest side', () => {
  const text = 'Linux box 6.12.9-200.fc41.x86_64 #1 SMP PREEMPT_DYNAMIC Thu Jan  9 16:05:40 UTC 2025 x86_64 GNU/Linux';
  expect(only(text)).toMatchObject({ system: 'Linux', release: '6.12.9-200.fc41.x86_64', arch: 'x86_64' });
  expect((parser.side as (text: string) => string)(text)).toBe('guest');
});

it('leaves the names of host and builder out', () => {
  const facts = parser.parse(
    'FreeBSD secret 14.3-RELEASE FreeBSD 14.3-RELEASE #0: Mon Jan 5 2026 bob@secret:/usr/obj/usr/src/sys/MINE amd64',
  ).facts;
  expect(JSON.stringify(facts)).not.toMatch(/secret|bob/);
});

it('leaves the boot banner to the kernel log', () => {
  const banner = 'FreeBSD 14.3-RELEASE releng/14.3-n271432-8c9ce319fef7 GENERIC amd64';
  expect(parser.markers.some((marker) => marker.test(banner))).toBe(false);
  expect(parser.parse('Linux version 6.8.0-45-generic (buildd@x) #45 SMP').facts).toBeUndefined();
});
