/** A whole bundle, seeded with every kind of secret in odd places and redacted by the command, leaks none. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInputs, type RawFile } from '../../src/bundle/open.ts';
import { packBundle } from '../../src/bundle/write.ts';
import { redact } from '../../src/cli/redact.ts';
import { PLACES } from './places.ts';
import { standsIn } from './support.ts';
import { TECHNICAL } from './technical-lines.ts';

/** Kind, the line that gives it away, the value in it. */
const KINDS: readonly [kind: string, line: string, value: string][] = [
  ['host name in uname', 'FreeBSD quorra7 15.0-RELEASE FreeBSD 15.0-RELEASE GENERIC amd64', 'quorra7'],
  ['host name in syslog', 'Nov  3 09:12:01 castor31 kernel: ppt0: attached', 'castor31'],
  ['host name in a prompt', 'root@zuseberg:~ # pciconf -lv', 'zuseberg'],
  ['host name of systemd', '[    2.1] systemd[1]: Hostname set to <rinzler44>.', 'rinzler44'],
  ['host name in JSON', '{"_HOSTNAME":"gridwalker","MESSAGE":"x"}', 'gridwalker'],
  ['host name in XML', '<hostname>paradrome</hostname>', 'paradrome'],
  ['host name of Windows', 'COMPUTERNAME=WS-TRISTAN9', 'WS-TRISTAN9'],
  ['domain in resolv.conf', 'search corp.flynn-werke.de', 'flynn-werke.de'],
  ['user in a home folder', 'rom=/home/klotilde/roms/p4.rom', 'klotilde'],
  ['user in a home folder of FreeBSD', '/usr/home/engelbert/vbios.rom', 'engelbert'],
  ['user in a home folder of macOS', '/Users/wilhelmine/x', 'wilhelmine'],
  ['user in a home folder of Windows', 'C:\\Users\\ottokar77\\x.log', 'ottokar77'],
  ['user in the environment', 'LOGNAME=mathilda9', 'mathilda9'],
  ['user in a log of sshd', 'sshd[9]: Accepted publickey for roswitha from 127.0.0.1 port 51122 ssh2', 'roswitha'],
  ['user in a log of su', 'su[99]: kunibert to root on /dev/pts/0', 'kunibert'],
  ['owner of a file', '-rw-r--r--  1 adelheid  adelheid  131072 Nov  3 09:12 p4.rom', 'adelheid'],
  ['real name', 'Registered Owner:          Sieglinde Kranz', 'Sieglinde Kranz'],
  ['IPv4 address', 'inet 10.61.72.213 netmask 255.255.255.0', '10.61.72.213'],
  ['IPv4 address with a port', 'connect 192.168.177.21:5900 refused', '192.168.177.21'],
  ['IPv6 address', 'inet6 fd12:3456:789a:1::77 prefixlen 64', 'fd12:3456:789a:1::77'],
  ['link-local IPv6 address', 'inet6 fe80::5a9c:fcff:fe0a:b12c%em0 scopeid 0x1', 'fe80::5a9c:fcff:fe0a:b12c'],
  ['MAC address', 'ether 58:9c:fc:0a:b1:2c', '58:9c:fc:0a:b1:2c'],
  ['MAC address with dashes', 'Physical Address. . : 3C-EC-EF-44-10-D2', '3C-EC-EF-44-10-D2'],
  ['MAC address with dots', 'hw a036.9f1c.2d3e', 'a036.9f1c.2d3e'],
  ['MAC address without separators', '"macaddr": "90E2BA4673CC"', '90E2BA4673CC'],
  ['e-mail address', 'Reported-by: K <k.meier+gpu@flynn-post.de>', 'k.meier+gpu@flynn-post.de'],
  ['serial number of a board', 'smbios.system.serial="7XK2QW3"', '7XK2QW3'],
  ['asset tag', 'smbios.chassis.tag="INV-0047-11"', 'INV-0047-11'],
  ['serial number in dmidecode', '\tSerial Number: ZM16AS007123', 'ZM16AS007123'],
  ['serial number of a disk', 'ada0: Serial Number WD-WCC7K4XTR91P', 'WD-WCC7K4XTR91P'],
  ['serial number in a path', '-s 4:0,nvme,/dev/diskid/DISK-S4EWNX0R612345H -s 5:0', 'S4EWNX0R612345H'],
  ['world wide name', 'wwn-0x50014ee2b7c3d4e5', '50014ee2b7c3d4e5'],
  ['serial number of a USB device', '[    2.1] usb 1-3: SerialNumber: 4C530001280912104471', '4C530001280912104471'],
  ['serial number of a disk of bhyve', '-s 4,nvme,/dev/zvol/a,ser=KLX00471,sectsz=512', 'KLX00471'],
  ['serial number of a GPU', '    Serial Number                         : 0324217145110', '0324217145110'],
  ['serial number of a GPU in XML', '<serial>1653923026510</serial>', '1653923026510'],
  ['die of a GPU', '    GPU PDI                               : 0xd52bae2e458244e2', 'd52bae2e458244e2'],
  ['serial number of a PCIe function', '    ecap 0003[100] = Serial 1 a0369fffff1c2d77', 'a0369fffff1c2d77'],
  ['serial number in vital product data', "    VPD ro SN  = 'CN7792210AK00471'", 'CN7792210AK00471'],
  ['UUID of a GPU', 'GPU 0: Tesla P4 (UUID: GPU-d3da8716-eaab-75db-efc1-60e88e1cd55e)', 'd3da8716-eaab-75db-efc1-60e88e1cd55e'],
  ['UUID of a MIG device', 'MIG 1g.5gb Device 0: (UUID: MIG-c7384736-a75d-5afc-978f-d2f1294409fd)', 'c7384736-a75d-5afc-978f-d2f1294409fd'],
  ['UUID of a VM', 'bhyve -U a179833c-204e-11eb-97b6-90e2ba4673dd -u vm1', 'a179833c-204e-11eb-97b6-90e2ba4673dd'],
  ['UUID of a system', 'UUID: 4C4C4544-0037-5810-804B-B7C04F513233', '4C4C4544-0037-5810-804B-B7C04F513233'],
  ['label of a partition', '/dev/gptid/7d3f6ae1-1c57-11ee-9b21-b42e99a1b2c3.eli', '7d3f6ae1-1c57-11ee-9b21-b42e99a1b2c3'],
  ['id of a pool', '    pool_guid: 12094470286346283174', '12094470286346283174'],
  ['id of a file system', 'ufs:/dev/ufsid/5f3a1b2c9d8e7f60', '5f3a1b2c9d8e7f60'],
  ['id of a machine', 'Machine ID: 9f8e7d6c5b4a39281706f5e4d3c2b1a0', '9f8e7d6c5b4a39281706f5e4d3c2b1a0'],
  ['SSH public key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKq3v9mW2zL0xJ8cTfYbN1uQe7RrS5oPpXgHdVtEiZwA x', 'AAAAC3NzaC1lZDI1NTE5AAAAIKq3v9mW2zL0xJ8cTfYbN1uQe7RrS5oPpXgHdVtEiZwA'],
  ['SSH fingerprint', 'ED25519 key fingerprint is SHA256:q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6j7K8l9Z0xCv.', 'q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6j7K8l9Z0xCv'],
  ['WireGuard key', 'PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=', 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk='],
  ['private key', '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----', 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj'],
  ['bearer token', 'curl -H "Authorization: Bearer 8f7d6c5b4a39281706f5e4d3" https://api', '8f7d6c5b4a39281706f5e4d3'],
  ['basic authorisation', 'authorization: Basic a2xvdGlsZGU6Z2VoZWlt', 'a2xvdGlsZGU6Z2VoZWlt'],
  ['AWS access key', 'key AKIAIOSFODNN7QUORRA7 used', 'AKIAIOSFODNN7QUORRA7'],
  ['AWS secret key', 'aws_secret_access_key = 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', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYQUORRAKEY1'],
  ['GitHub token', 'https://ghp_16C7e42F292c6912E7710c838347Ae178B4a@github.com/x', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
  ['NGC key', 'nvapi-aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI', 'nvapi-aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI'],
  ['JSON web token', 'tok eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U end', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'],
  ['Slack token', 'xoxb-2837465012-abcdefGHIJKL', 'xoxb-2837465012-abcdefGHIJKL'],
  ['Google key', 'AIzaSyA-1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6', 'AIzaSyA-1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6'],
  ['token in a query', 'GET /x?page=2&access_token=Zq81mNv03kLp7&z=1', 'Zq81mNv03kLp7'],
  ['cookie', 'Cookie: sid=Yt52xWb94cFd8; theme=dark', 'Yt52xWb94cFd8'],
  ['VNC password of bhyve', '-s 7:0,fbuf,tcp=0.0.0.0:5900,w=800,h=600,password=geh31mzq,wait', 'geh31mzq'],
  ['VNC password of libvirt', "<graphics type='vnc' port='5900' passwd='nicht4dich'/>", 'nicht4dich'],
  ['password in JSON', '{"password": "sesam0effne", "wait": true}', 'sesam0effne'],
  ['password in a URL', 'postgres://root:wasserfall9@127.0.0.1:5432/x', 'wasserfall9'],
  ['password as an argument', 'sshpass -p eichhorn12 ssh x', 'eichhorn12'],
  ['key of a Wi-Fi', '  psk="regenbogen8"', 'regenbogen8'],
  ['passphrase of geli', 'geom_eli_passphrase="murmeltier5"', 'murmeltier5'],
  ['Wi-Fi name', '\tssid Flynns-Bude channel 6 (2437 MHz 11g)', 'Flynns-Bude'],
  ['Wi-Fi name of Linux', 'wlan0 IEEE 802.11 ESSID:"Hinterm Mond"', 'Hinterm Mond'],
  ['product key', 'key VK7JG-NPHTM-C97JM-9MPGT-3V66T found', 'VK7JG-NPHTM-C97JM-9MPGT-3V66T'],
  ['product id', 'Product ID:                00330-80000-00471-AA123', '00330-80000-00471-AA123'],
  ['licence', 'LicenseKey="QX77-1234-FLYNN"', 'QX77-1234-FLYNN'],
]; // prettier-ignore

const folder = mkdtempSync(join(tmpdir(), 'gpudiag-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a bundle with every kind of secret', () => {
  let files: RawFile[];
  /** all that is in the copy: paths, manifest, log, texts */
  let everything: string;

  beforeAll(async () => {
    const texts = [
      // The first files hold what only the last one gives away.
      ...Object.entries(PLACES).map(([place, hide], i) => ({
        path: `host/${String(i).padStart(2, '0')}.txt`,
        text: `${place}\n${KINDS.map(([, , value]) => hide(value)).join('\n\n')}\n\n${TECHNICAL.join('\n')}\n`,
      })),
      { path: `host/vm/quorra7/klotilde.log`, text: 'named by its path\n' },
      { path: 'host/zz.txt', text: `${KINDS.map(([, line]) => line).join('\n\n')}\n` },
    ];
    const input = join(folder, 'b-unredacted.tar.gz');
    writeFileSync(
      input,
      await packBundle(
        undefined,
        texts.map(({ path, text }) => ({ path, bytes: Buffer.from(text) })),
      ),
    );
    const output = join(folder, 'b.tar.gz');
    await redact(input, { output, force: false, name: [], json: false, 'no-color': true });
    files = await openInputs([output]);
    everything = gunzipSync(readFileSync(output)).toString('utf8');
  });

  it('names at least sixty kinds, each with a value of its own', () => {
    expect(KINDS.length).toBeGreaterThanOrEqual(60);
    expect(new Set(KINDS.map(([kind]) => kind)).size).toBe(KINDS.length);
    expect(new Set(KINDS.map(([, , value]) => value.toLowerCase())).size).toBe(KINDS.length);
    for (const [kind, line, value] of KINDS) expect(line, kind).toContain(value);
  });

  it.each(KINDS)('leaks no %s', (_, __, value) => {
    expect(standsIn(everything, value)).toEqual([]);
  });

  it.each(Object.keys(PLACES).map((place, i) => [place, i] as const))(
    'keeps what is technical beside secrets %s',
    (_, i) => {
      const text = files.find(({ path }) => path === `host/${String(i).padStart(2, '0')}.txt`)!;
      expect(Buffer.from(text.bytes).toString('utf8')).toContain(`\n\n${TECHNICAL.join('\n')}\n`);
    },
  );
});
