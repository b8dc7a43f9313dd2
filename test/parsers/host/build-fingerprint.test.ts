import { expect, it } from 'vitest';
import parser from '../../../parsers/host/build-fingerprint.ts';

const HASH = '9f'.repeat(32);

it('joins what is said of one file, wherever it stands', () => {
  const text = `SHA256 (/boot/a/vmm.ko) = ${HASH.toUpperCase()}\nSHA256 (/usr/sbin/bhyve) = ${HASH}\nSTRING (/boot/a/vmm.ko) "bhyve bhyve " = absent\n`;
  const { facts, problems } = parser.parse(text);
  expect(problems).toEqual([]);
  expect(facts!.files).toEqual([
    { line: 1, path: '/boot/a/vmm.ko', sha256: HASH, strings: [{ line: 3, text: 'bhyve bhyve ', present: false }] },
    { line: 2, path: '/usr/sbin/bhyve', sha256: HASH, strings: [] },
  ]);
});

it('reads what sha256(1) prints when it is typed', () => {
  const { facts } = parser.parse(
    `root@host:~ # sha256 /usr/lib/libvmmapi.so.6\nSHA256 (/usr/lib/libvmmapi.so.6) = ${HASH}\n`,
  );
  expect(facts!.files[0]).toMatchObject({ path: '/usr/lib/libvmmapi.so.6', sha256: HASH, line: 2 });
});

it('says which line it could not read, and keeps the rest', () => {
  const { facts, problems } = parser.parse(
    `SHA256 (/usr/sbin/bhyve) = 123\nUNREAD (/boot/kernel/vmm.ko) = permission denied\n`,
  );
  expect(facts!.files).toEqual([{ line: 2, path: '/boot/kernel/vmm.ko', unread: 'permission denied', strings: [] }]);
  expect(problems).toEqual([{ message: 'a hash or string that cannot be read', line: 1 }]);
});

it('does not take the hashes of other files for its own', () => {
  const marked = (line: string): boolean => parser.markers.some((marker) => marker.test(line));
  expect(marked(`SHA256 (nvidia-driver-570.124.06.tar.xz) = ${HASH}`)).toBe(false);
  expect(marked(`SHA256 (/usr/ports/distfiles/x.tgz) = ${HASH}`)).toBe(false);
  expect(marked(`SHA256 (/usr/local/share/uefi-firmware/BHYVE_UEFI.fd) = ${HASH}`)).toBe(true);
});
