import { describe, expect, it } from 'vitest';
import { createRedactor, type SecretClass } from '../../src/bundle/redact/redact.ts';
import { lineCount, redactOne, standsIn } from './support.ts';

/**
 * Kinds of secrets, each in a place of its own. `gone` must not be found in the result in any spelling; `stays` must.
 */
interface Case {
  name: string;
  class: SecretClass;
  text: string;
  gone: string[];
  stays?: string[];
}

const KEY_BODY =
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\nMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu';
const SSH_BLOB = 'AAAAC3NzaC1lZDI1NTE5AAAAIKq3v9mW2zL0xJ8cTfYbN1uQe7RrS5oPpXgHdVtEiZwA';

const CASES: Case[] = [
  // host names
  {
    name: 'uname of FreeBSD',
    class: 'host',
    text: 'FreeBSD quorra7 15.0-RELEASE FreeBSD 15.0-RELEASE releng/15.0-n280995-7aedc8de6446 GENERIC amd64\n',
    gone: ['quorra7'],
    stays: ['releng/15.0-n280995-7aedc8de6446', '15.0-RELEASE'],
  },
  {
    name: 'uname of Linux',
    class: 'host',
    text: 'Linux quorra7 6.8.0-45-generic #45-Ubuntu SMP PREEMPT_DYNAMIC x86_64 GNU/Linux\n',
    gone: ['quorra7'],
    stays: ['6.8.0-45-generic'],
  },
  {
    name: 'syslog line',
    class: 'host',
    text: 'Nov  3 09:12:01 quorra7 kernel: ppt0: <NVIDIA Corporation> on pci1\n',
    gone: ['quorra7'],
    stays: ['Nov  3 09:12:01', 'kernel: ppt0:'],
  },
  {
    name: 'syslog line with priority',
    class: 'host',
    text: '<6>Nov 13 09:12:01 quorra7 kernel: [    1.000000] x\n',
    gone: ['quorra7'],
  },
  {
    name: 'verbose syslogd',
    class: 'host',
    text: 'Nov  3 09:12:01 <kern.crit> quorra7 kernel: pid 3\n',
    gone: ['quorra7'],
    stays: ['<kern.crit>'],
  },
  {
    name: 'ISO syslog line',
    class: 'host',
    text: '2025-11-03T09:12:01.123456+01:00 quorra7 sshd[812]: Server listening\n',
    gone: ['quorra7'],
  },
  {
    name: 'RFC 5424 line',
    class: 'host',
    text: '<165>1 2025-11-03T09:12:01.003Z quorra7.flynn.example.de bhyve - - - started\n',
    gone: ['quorra7'],
    stays: ['bhyve - - -'],
  },
  {
    name: 'journal with monotonic times',
    class: 'host',
    text: '[    1.108877] quorra7 kernel: DMAR: IOMMU enabled\n',
    gone: ['quorra7'],
    stays: ['[    1.108877]'],
  },
  {
    name: 'file name before a syslog line',
    class: 'host',
    text: '/var/log/messages:Nov  3 09:12:01 quorra7 kernel: vmm\n',
    gone: ['quorra7'],
  },
  {
    name: 'prompt of root',
    class: 'host',
    text: 'root@quorra7:~ # pciconf -lv\n',
    gone: ['quorra7'],
    stays: ['root@', ':~ # pciconf -lv'],
  },
  {
    name: 'prompt in brackets',
    class: 'host',
    text: '[klotilde@quorra7 ~]$ uname -r\n',
    gone: ['quorra7', 'klotilde'],
  },
  { name: 'prompt of zsh', class: 'host', text: 'klotilde@quorra7 ~ % ls\n', gone: ['quorra7', 'klotilde'] },
  {
    name: 'prompt with a virtual environment',
    class: 'host',
    text: '(venv) klotilde@quorra7:/usr/src$ make\n',
    gone: ['quorra7', 'klotilde'],
  },
  { name: 'prompt of Kali', class: 'host', text: '┌──(klotilde㉿quorra7)-[~]\n', gone: ['quorra7', 'klotilde'] },
  { name: 'prompt of csh with a known command', class: 'host', text: 'quorra7# kldload vmm\n', gone: ['quorra7'] },
  {
    name: 'prompt that is a host and a folder',
    class: 'host',
    text: 'quorra7:/usr/local # sysctl hw.vmm\n',
    gone: ['quorra7'],
  },
  { name: 'quoted prompt', class: 'host', text: '> > klotilde@quorra7:~ $ dmesg\n', gone: ['quorra7', 'klotilde'] },
  {
    name: 'kernel built on the machine',
    class: 'host',
    text: '    klotilde@quorra7:/usr/obj/usr/src/amd64.amd64/sys/GPU amd64\n',
    gone: ['quorra7', 'klotilde'],
    stays: ['/usr/obj/usr/src/amd64.amd64/sys/GPU amd64'],
  },
  {
    name: 'Linux kernel built on the machine',
    class: 'host',
    text: '[    0.000000] Linux version 6.12.4 (klotilde@quorra7) (gcc (GCC) 14.2.0) #3 SMP\n',
    gone: ['quorra7', 'klotilde'],
    stays: ['Linux version 6.12.4'],
  },
  {
    name: 'rc.conf',
    class: 'host',
    text: 'hostname="quorra7.flynn.de"\nvm_enable="YES"\n',
    gone: ['quorra7', 'flynn.de'],
    stays: ['vm_enable="YES"'],
  },
  { name: 'sysctl', class: 'host', text: 'kern.hostname: quorra7\n', gone: ['quorra7'] },
  { name: 'systemd', class: 'host', text: '[    2.1] systemd[1]: Hostname set to <quorra7>.\n', gone: ['quorra7'] },
  { name: 'rc script', class: 'host', text: 'Setting hostname: quorra7.\n', gone: ['quorra7'] },
  { name: 'login prompt', class: 'host', text: 'quorra7 login: \n', gone: ['quorra7'] },
  { name: 'getty', class: 'host', text: 'FreeBSD/amd64 (quorra7) (ttyv0)\n', gone: ['quorra7'] },
  {
    name: 'systeminfo of Windows',
    class: 'host',
    text: 'Host Name:                 QUORRA7-PC\n',
    gone: ['QUORRA7-PC'],
  },
  { name: 'environment of Windows', class: 'host', text: 'COMPUTERNAME=QUORRA7-PC\n', gone: ['QUORRA7-PC'] },
  { name: 'journal as JSON', class: 'host', text: '{"_HOSTNAME":"quorra7","MESSAGE":"x"}\n', gone: ['quorra7'] },
  { name: 'JSON inside JSON', class: 'host', text: '{"log":"{\\"hostname\\":\\"quorra7\\"}"}\n', gone: ['quorra7'] },
  { name: 'XML', class: 'host', text: '<hostname>quorra7</hostname>\n', gone: ['quorra7'] },
  {
    name: 'kernel argument',
    class: 'host',
    text: 'BOOT_IMAGE=/vmlinuz ip=10.11.12.13::10.11.12.1:255.255.255.0:quorra7:eth0:off\n',
    gone: ['quorra7', '10.11.12.13'],
  },
  {
    name: 'signer of a module',
    class: 'host',
    text: 'signer:         quorra7 Secure Boot Module Signature key\n',
    gone: ['quorra7'],
    stays: ['Secure Boot Module Signature key'],
  },
  {
    name: 'host name that is an address',
    class: 'host',
    text: 'admin@ip-10-11-12-13:~$ ls\n',
    gone: ['ip-10-11-12-13', '10-11-12-13'],
  },
  { name: 'ssh', class: 'host', text: '  ssh -p 2222 klotilde@quorra7 dmesg\n', gone: ['quorra7', 'klotilde'] },
  { name: 'resolv.conf', class: 'domain', text: 'search corp.flynn-werke.de\n', gone: ['flynn-werke'] },

  // users
  {
    name: 'home folder',
    class: 'user',
    text: 'rom=/home/klotilde/roms/p4.rom\n',
    gone: ['klotilde'],
    stays: ['/roms/p4.rom'],
  },
  { name: 'home folder of FreeBSD', class: 'user', text: '/usr/home/klotilde/vbios.rom\n', gone: ['klotilde'] },
  { name: 'home folder in a URL', class: 'user', text: 'file%3A%2F%2F%2Fhome%2Fklotilde%2Fa\n', gone: ['klotilde'] },
  {
    name: 'home folder in JSON with escaped slashes',
    class: 'user',
    text: '{"p":"\\/home\\/klotilde\\/a"}\n',
    gone: ['klotilde'],
  },
  { name: 'home folder of macOS', class: 'user', text: '/Users/klotilde/x\n', gone: ['klotilde'] },
  {
    name: 'home folder of Windows, name with a blank',
    class: 'user',
    text: 'C:\\Users\\Klotilde Meier\\x.log\n',
    gone: ['Klotilde Meier'],
  },
  {
    name: 'home folder of Windows in JSON',
    class: 'user',
    text: '"C:\\\\Users\\\\klotilde\\\\x.log"\n',
    gone: ['klotilde'],
  },
  { name: 'tilde', class: 'user', text: 'rom in ~klotilde/roms\n', gone: ['klotilde'] },
  {
    name: 'environment',
    class: 'user',
    text: 'USER=klotilde\nLOGNAME=klotilde\nMAIL=/var/mail/klotilde\n',
    gone: ['klotilde'],
  },
  {
    name: 'id',
    class: 'user',
    text: 'uid=1001(klotilde) gid=1001(klotilde) groups=1001(klotilde),0(wheel)\n',
    gone: ['klotilde'],
    stays: ['0(wheel)'],
  },
  {
    name: 'sudo log',
    class: 'user',
    text: 'sudo[812]: klotilde : TTY=pts/1 ; PWD=/tmp ; USER=root ; COMMAND=/usr/sbin/bhyve\n',
    gone: ['klotilde'],
    stays: ['USER=root', 'COMMAND=/usr/sbin/bhyve'],
  },
  { name: 'su log', class: 'user', text: 'su[99]: klotilde to root on /dev/pts/0\n', gone: ['klotilde'] },
  {
    name: 'sshd log',
    class: 'user',
    text: 'sshd[9]: Accepted publickey for klotilde from 10.11.12.13 port 51122 ssh2\n',
    gone: ['klotilde', '10.11.12.13'],
  },
  {
    name: 'owner in ls -l',
    class: 'user',
    text: '-rw-r--r--  1 klotilde  klotilde  131072 Nov  3 09:12 p4.rom\n',
    gone: ['klotilde'],
    stays: ['131072', 'p4.rom'],
  },
  {
    name: 'ps aux',
    class: 'user',
    text: 'USER       PID %CPU %MEM    VSZ   RSS TT  STAT STARTED    TIME COMMAND\nroot         1  0.0  0.0  11444  1196  -  ILs  09:00   0:00.01 /sbin/init\nklotilde  4711  0.0  0.1  14000  3000  1  S+   09:10   0:00.10 vi\n',
    gone: ['klotilde'],
    stays: ['/sbin/init', '4711'],
  },
  {
    name: 'passwd with a real name',
    class: 'user',
    text: 'klotilde:*:1001:1001:Klotilde Meier:/home/klotilde:/bin/sh\n',
    gone: ['klotilde', 'Klotilde Meier'],
  },
  { name: 'cron table', class: 'user', text: '/var/cron/tabs/klotilde\n', gone: ['klotilde'] },
  {
    name: 'registered owner of Windows',
    class: 'user',
    text: 'Registered Owner:          Klotilde Meier\n',
    gone: ['Klotilde Meier'],
  },

  // addresses
  {
    name: 'IPv4',
    class: 'ipv4',
    text: 'inet 192.168.77.21 netmask 255.255.255.0 broadcast 192.168.77.255\n',
    gone: ['192.168.77.21', '192.168.77.255'],
    stays: ['netmask 255.255.255.0'],
  },
  {
    name: 'IPv4 with port',
    class: 'ipv4',
    text: 'connect 10.11.12.13:5900 refused\n',
    gone: ['10.11.12.13'],
    stays: [':5900'],
  },
  {
    name: 'IPv4 with a port behind a dot',
    class: 'ipv4',
    text: 'tcp4 0 0 10.11.12.130.22 10.11.12.99.51515 ESTABLISHED\n',
    gone: ['10.11.12.130', '10.11.12.99'],
    stays: ['.22 ', '.51515 '],
  },
  {
    name: 'IPv4 at the end of a sentence',
    class: 'ipv4',
    text: 'The address is 10.11.12.13.\n',
    gone: ['10.11.12.13'],
  },
  { name: 'IPv4 in a URL', class: 'ipv4', text: 'http://10.11.12.13/x\n', gone: ['10.11.12.13'] },
  {
    name: 'IPv6',
    class: 'ipv6',
    text: 'inet6 fd12:3456:789a:1::7 prefixlen 64\n',
    gone: ['fd12:3456:789a:1::7'],
    stays: ['prefixlen 64'],
  },
  {
    name: 'IPv6 in full',
    class: 'ipv6',
    text: 'from 2a02:810d:8640:4c58:9c3f:fe12:3456:78ab to\n',
    gone: ['2a02:810d:8640:4c58:9c3f:fe12:3456:78ab'],
  },
  {
    name: 'link-local IPv6',
    class: 'ipv6',
    text: 'inet6 fe80::5a9c:fcff:fe0a:b12c%em0 scopeid 0x1\n',
    gone: ['fe80::5a9c:fcff:fe0a:b12c'],
    stays: ['%em0 scopeid 0x1'],
  },
  {
    name: 'IPv6 in brackets',
    class: 'ipv6',
    text: 'http://[2a02:810d::7]:8080/\n',
    gone: ['2a02:810d::7'],
    stays: [']:8080/'],
  },
  { name: 'MAC', class: 'mac', text: 'ether 58:9C:FC:0A:B1:2C\n', gone: ['58:9c:fc:0a:b1:2c'] },
  {
    name: 'MAC in a bhyve argument',
    class: 'mac',
    text: '-s 5:0,virtio-net,tap0,mac=58:9c:fc:0a:b1:2c\n',
    gone: ['58:9c:fc:0a:b1:2c', '0a:b1:2c'],
    stays: ['-s 5:0,virtio-net,tap0,mac='],
  },
  {
    name: 'MAC with dashes',
    class: 'mac',
    text: 'Physical Address. . : 58-9C-FC-0A-B1-2C\n',
    gone: ['58-9c-fc-0a-b1-2c'],
  },
  { name: 'MAC with dots', class: 'mac', text: 'hw 589c.fc0a.b12c\n', gone: ['589c.fc0a.b12c'] },
  {
    name: 'MAC in an interface name',
    class: 'mac',
    text: 'renamed from eth0 to enx589cfc0ab12c\n',
    gone: ['589cfc0ab12c'],
  },
  { name: 'MAC without separators', class: 'mac', text: '"macaddr": "589CFC0AB12C"\n', gone: ['589cfc0ab12c'] },
  {
    name: 'e-mail',
    class: 'email',
    text: 'Reported-by: Klotilde <k.meier+gpu@flynn-werke.de>\n',
    gone: ['k.meier+gpu@flynn-werke.de', 'flynn-werke'],
  },
  {
    name: 'e-mail of a machine at home',
    class: 'host',
    text: 'From: klotilde@quorra7.lan\n',
    gone: ['klotilde', 'quorra7'],
  },

  // serial numbers
  {
    name: 'kenv',
    class: 'serial',
    text: 'smbios.planar.serial="/7XK2QW3/CNFCW0099B00QX/"\nsmbios.system.serial="7XK2QW3"\n',
    gone: ['7XK2QW3', 'CNFCW0099B00QX'],
  },
  { name: 'asset tag', class: 'serial', text: 'smbios.chassis.tag="INV-0047-11"\n', gone: ['INV-0047-11'] },
  {
    name: 'dmidecode',
    class: 'serial',
    text: 'Base Board Information\n\tSerial Number: ZM16AS 007123\n\tAsset Tag: To be filled by O.E.M.\n',
    gone: ['ZM16AS', '007123'],
    stays: ['To be filled by O.E.M.'],
  },
  {
    name: 'disk',
    class: 'serial',
    text: 'ada0: Serial Number WD-WCC7K4XTR91P\n',
    gone: ['WCC7K4XTR91P'],
    stays: ['ada0: Serial Number '],
  },
  {
    name: 'diskid path',
    class: 'serial',
    text: '-s 4:0,nvme,/dev/diskid/DISK-S4EWNX0R612345Hp4 -s 5:0\n',
    gone: ['S4EWNX0R612345H'],
    stays: ['p4 -s 5:0'],
  },
  {
    name: 'disk by id',
    class: 'serial',
    text: '/dev/disk/by-id/ata-WDC_WD40EFRX-68N32N0_WD-WCC7K4XTR91P-part1\n',
    gone: ['WCC7K4XTR91P'],
    stays: ['-part1', 'WDC_WD40EFRX'],
  },
  {
    name: 'world wide name',
    class: 'serial',
    text: 'wwn-0x50014ee2b7c3d4e5 eui.0025385b71b0c1d2\n',
    gone: ['50014ee2b7c3d4e5', '0025385b71b0c1d2'],
  },
  {
    name: 'NVMe qualified name',
    class: 'serial',
    text: 'subnqn nqn.2014.08.org.nvmexpress:144d144dS4EWNX0R612345H\n',
    gone: ['S4EWNX0R612345H'],
  },
  {
    name: 'USB device',
    class: 'serial',
    text: '[    2.1] usb 1-3: SerialNumber: 4C530001280912104471\n',
    gone: ['4C530001280912104471'],
  },
  {
    name: 'bhyve disk',
    class: 'serial',
    text: '-s 4,nvme,/dev/zvol/a,ser=KLX00471,sectsz=512\n',
    gone: ['KLX00471'],
    stays: ['sectsz=512'],
  },
  {
    name: 'GPU in nvidia-smi -q',
    class: 'serial',
    text: '    Serial Number                         : 0324217145110\n',
    gone: ['0324217145110'],
  },
  { name: 'GPU in XML', class: 'serial', text: '<serial>0324217145110</serial>\n', gone: ['0324217145110'] },
  {
    name: 'GPU as a number in JSON',
    class: 'serial',
    text: '{"serial": 1324217145110, "index": 0}\n',
    gone: ['1324217145110'],
    stays: ['"index": 0'],
  },
  {
    name: 'GPU in CSV',
    class: 'serial',
    text: 'index, name, serial, pci.bus_id\n0, Tesla P4, 0324217145110, 00000000:00:06.0\n',
    gone: ['0324217145110'],
    stays: ['00000000:00:06.0', 'Tesla P4'],
  },
  { name: 'GPU in a list', class: 'serial', text: 'GPU 0: Tesla P4 (S/N: 0324217145110)\n', gone: ['0324217145110'] },
  {
    name: 'GPU in a kernel message',
    class: 'serial',
    text: 'NVRM: GPU 0000:00:06.0: GPU serial number is 1653923026510.\n',
    gone: ['1653923026510'],
    stays: ['0000:00:06.0'],
  },
  {
    name: 'die of a GPU',
    class: 'serial',
    text: '    GPU PDI                               : 0xd52bae2e458244e2\n',
    gone: ['d52bae2e458244e2'],
  },
  {
    name: 'PCIe function in pciconf',
    class: 'serial',
    text: '    ecap 0003[100] = Serial 1 a0369fffff1c2d3e\n',
    gone: ['a0369fffff1c2d3e'],
    stays: ['ecap 0003[100] = Serial 1 '],
  },
  {
    name: 'PCIe function in lspci',
    class: 'serial',
    text: 'Capabilities: [140 v1] Device Serial Number a0-36-9f-ff-ff-1c-2d-3e\n',
    gone: ['a0-36-9f-ff-ff-1c-2d-3e'],
  },
  {
    name: 'VPD in pciconf',
    class: 'serial',
    text: "    VPD ro SN  = 'CN7792210AK00471'\n    VPD ro PN  = '900-2G414-0000-000'\n",
    gone: ['CN7792210AK00471'],
    stays: ["PN  = '900-2G414-0000-000'"],
  },
  {
    name: 'VPD in lspci',
    class: 'serial',
    text: '\t\t[SN] Serial number: CN7792210AK00471\n\t\t[PN] Part number: 900-2G414\n',
    gone: ['CN7792210AK00471'],
    stays: ['900-2G414'],
  },
  { name: 'wmic', class: 'serial', text: 'SerialNumber  \nCN7792210AK  \n\n', gone: ['CN7792210AK'] },
  {
    name: 'lsblk',
    class: 'serial',
    text: 'NAME SIZE SERIAL          MODEL\nsda    4T WD-WCC7K4XTR91P WDC\n',
    gone: ['WCC7K4XTR91P'],
    stays: ['WDC'],
  },

  {
    name: 'USB device in Windows',
    class: 'serial',
    text: 'USB\\VID_0781&PID_5581\\4C530001280912104471\n',
    gone: ['4C530001280912104471'],
    stays: ['USB\\VID_0781&PID_5581\\'],
  },
  {
    name: 'USB disk in Windows',
    class: 'serial',
    text: 'USBSTOR\\Disk&Ven_SanDisk&Prod_Cruzer&Rev_1.26\\4C530001280912104471&0\n',
    gone: ['4C530001280912104471'],
    stays: ['Ven_SanDisk&Prod_Cruzer&Rev_1.26'],
  },
  {
    name: 'PCIe function in Windows',
    class: 'serial',
    text: 'PCI\\VEN_8086&DEV_1539&SUBSYS_15398086&REV_03\\A0369FFFFF1C2D3E00\n',
    gone: ['A0369FFFFF1C2D3E'],
    stays: ['PCI\\VEN_8086&DEV_1539&SUBSYS_15398086&REV_03\\'],
  },

  // UUIDs
  {
    name: 'GPU',
    class: 'uuid',
    text: 'GPU 0: Tesla P4 (UUID: GPU-d3da8716-eaab-75db-efc1-60e88e1cd55e)\n',
    gone: ['d3da8716-eaab-75db-efc1-60e88e1cd55e'],
    stays: ['(UUID: GPU-'],
  },
  {
    name: 'MIG',
    class: 'uuid',
    text: 'MIG 1g.5gb Device 0: (UUID: MIG-c7384736-a75d-5afc-978f-d2f1294409fd)\n',
    gone: ['c7384736-a75d-5afc-978f-d2f1294409fd'],
  },
  {
    name: 'old MIG',
    class: 'uuid',
    text: 'MIG-GPU-d3da8716-eaab-75db-efc1-60e88e1cd55e/7/0\n',
    gone: ['d3da8716-eaab-75db-efc1-60e88e1cd55e'],
    stays: ['/7/0'],
  },
  { name: 'GPU, cut off', class: 'uuid', text: 'on GPU-d3da8716-eaab... and more\n', gone: ['d3da8716'] },
  {
    name: 'VM',
    class: 'uuid',
    text: 'bhyve -U a179833c-204e-11eb-97b6-90e2ba4673cc -u vm1\n',
    gone: ['a179833c-204e-11eb-97b6-90e2ba4673cc'],
  },
  {
    name: 'system',
    class: 'uuid',
    text: 'UUID: 4C4C4544-0037-5810-804B-B7C04F513233\n',
    gone: ['4c4c4544-0037-5810-804b-b7c04f513233'],
  },
  {
    name: 'GPT label',
    class: 'uuid',
    text: '/dev/gptid/7d3f6ae1-1c57-11ee-9b21-b42e99a1b2c3.eli\n',
    gone: ['7d3f6ae1-1c57-11ee-9b21-b42e99a1b2c3'],
  },
  { name: 'volume id', class: 'uuid', text: 'root=UUID=1A2B-3C4D ro\n', gone: ['1A2B-3C4D'] },
  { name: 'RAID', class: 'uuid', text: 'UUID : a1b2c3d4:e5f60718:293a4b5c:6d7e8f90\n', gone: ['a1b2c3d4:e5f60718'] },
  {
    name: 'pool',
    class: 'uuid',
    text: '   pool: tank\n     id: 12094470286346283174\n',
    gone: ['12094470286346283174'],
    stays: ['pool: tank'],
  },
  { name: 'pool label', class: 'uuid', text: '    pool_guid: 12094470286346283174\n', gone: ['12094470286346283174'] },
  { name: 'UFS id', class: 'uuid', text: 'ufs:/dev/ufsid/5f3a1b2c9d8e7f60\n', gone: ['5f3a1b2c9d8e7f60'] },
  { name: 'host id', class: 'uuid', text: 'Setting hostid: 0x1a2b3c4d.\n', gone: ['1a2b3c4d'] },
  {
    name: 'machine id',
    class: 'uuid',
    text: 'Machine ID: 9f8e7d6c5b4a39281706f5e4d3c2b1a0\n',
    gone: ['9f8e7d6c5b4a39281706f5e4d3c2b1a0'],
  },
  {
    name: 'boot id',
    class: 'uuid',
    text: '-- Boot 9f8e7d6c5b4a39281706f5e4d3c2b1a0 --\n',
    gone: ['9f8e7d6c5b4a39281706f5e4d3c2b1a0'],
  },

  // keys and tokens
  {
    name: 'private key',
    class: 'key',
    text: `-----BEGIN PRIVATE KEY-----\n${KEY_BODY}\n-----END PRIVATE KEY-----\n`,
    gone: KEY_BODY.split('\n'),
    stays: ['-----END PRIVATE KEY-----'],
  },
  {
    name: 'private key in JSON',
    class: 'key',
    text: `{"k":"-----BEGIN RSA PRIVATE KEY-----\\n${KEY_BODY.replace('\n', '\\n')}\\n-----END RSA PRIVATE KEY-----"}\n`,
    gone: KEY_BODY.split('\n'),
  },
  {
    name: 'private key, cut off and quoted',
    class: 'key',
    text: `> -----BEGIN OPENSSH PRIVATE KEY-----\n> ${KEY_BODY.replace('\n', '\n> ')}\n`,
    gone: KEY_BODY.split('\n'),
  },
  {
    name: 'SSH public key',
    class: 'key',
    text: `ssh-ed25519 ${SSH_BLOB} klotilde@quorra7\n`,
    gone: [SSH_BLOB, 'klotilde', 'quorra7'],
    stays: ['ssh-ed25519'],
  },
  {
    name: 'SSH public key, wrapped',
    class: 'key',
    text: `ssh-ed25519 ${SSH_BLOB.slice(0, 45)}\n${SSH_BLOB.slice(45)} me\n`,
    gone: [SSH_BLOB.slice(0, 45), SSH_BLOB.slice(45)],
  },
  {
    name: 'SSH fingerprint',
    class: 'key',
    text: 'ED25519 key fingerprint is SHA256:q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6j7K8l9Z0xCv.\n',
    gone: ['q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6j7K8l9Z0xCv'],
  },
  {
    name: 'WireGuard',
    class: 'key',
    text: 'PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n',
    gone: ['yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk='],
  },
  {
    name: 'bearer token',
    class: 'token',
    text: 'curl -H "Authorization: Bearer 8f7d6c5b4a39281706f5e4d3" https://api\n',
    gone: ['8f7d6c5b4a39281706f5e4d3'],
  },
  {
    name: 'basic authorisation',
    class: 'token',
    text: 'authorization: Basic a2xvdGlsZGU6Z2VoZWlt\n',
    gone: ['a2xvdGlsZGU6Z2VoZWlt'],
  },
  { name: 'AWS access key', class: 'token', text: 'key AKIAIOSFODNN7QUORRA7 used\n', gone: ['AKIAIOSFODNN7QUORRA7'] },
  {
    name: 'AWS secret key',
    class: 'token',
    text: 'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYQUORRAKEY1\n',
    gone: ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYQUORRAKEY1'],
  },
  {
    name: 'GitHub token',
    class: 'token',
    text: 'https://ghp_16C7e42F292c6912E7710c838347Ae178B4a@github.com/x\n',
    gone: ['ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
    stays: ['github.com/x'],
  },
  {
    name: 'fine-grained GitHub token',
    class: 'token',
    text: 'GH=github_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ\n',
    gone: ['github_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ'],
  },
  {
    name: 'NGC key',
    class: 'token',
    text: 'nvapi-aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI\n',
    gone: ['nvapi-aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI'],
  },
  {
    name: 'JSON web token',
    class: 'token',
    text: 'tok eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U end\n',
    gone: ['eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'],
  },
  {
    name: 'Slack token',
    class: 'token',
    text: 'xoxb-2837465012-abcdefGHIJKL\n',
    gone: ['xoxb-2837465012-abcdefGHIJKL'],
  },
  {
    name: 'Google key',
    class: 'token',
    text: 'AIzaSyA-1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6\n',
    gone: ['AIzaSyA-1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6'],
  },
  {
    name: 'token in a query',
    class: 'token',
    text: 'GET /x?page=2&access_token=Zq81mNv03kLp7&z=1\n',
    gone: ['Zq81mNv03kLp7'],
    stays: ['page=2', '&z=1'],
  },
  { name: 'cookie', class: 'token', text: 'Cookie: sid=Zq81mNv03kLp7; theme=dark\n', gone: ['Zq81mNv03kLp7'] },

  // passwords
  {
    name: 'VNC of bhyve',
    class: 'password',
    text: '-s 7:0,fbuf,tcp=0.0.0.0:5900,w=800,h=600,password=geh31mzq,wait\n',
    gone: ['geh31mzq'],
    stays: ['tcp=0.0.0.0:5900,w=800,h=600,password=', ',wait'],
  },
  {
    name: 'VNC of libvirt',
    class: 'password',
    text: "<graphics type='vnc' port='5900' passwd='geh31mzq'/>\n",
    gone: ['geh31mzq'],
    stays: ["type='vnc' port='5900'"],
  },
  {
    name: 'JSON',
    class: 'password',
    text: '{"password": "geh31m\\"zq9", "wait": true}\n',
    gone: ['geh31m'],
    stays: ['"wait": true'],
  },
  { name: 'XML', class: 'password', text: '<password>geh31mzq</password>\n', gone: ['geh31mzq'] },
  { name: 'camel case', class: 'password', text: 'adminPassword: geh31mzq\n', gone: ['geh31mzq'] },
  {
    name: 'database URL',
    class: 'password',
    text: 'postgres://klotilde:geh31mzq@db.flynn-werke.de:5432/x\n',
    gone: ['klotilde', 'geh31mzq', 'flynn-werke'],
    stays: [':5432/x'],
  },
  {
    name: 'argument',
    class: 'password',
    text: 'x11vnc --password geh31mzq -forever\n',
    gone: ['geh31mzq'],
    stays: ['-forever'],
  },
  { name: 'sshpass', class: 'password', text: 'sshpass -p geh31mzq ssh x\n', gone: ['geh31mzq'] },
  {
    name: 'netrc',
    class: 'password',
    text: 'machine repo.flynn.de login klotilde password geh31mzq\n',
    gone: ['klotilde', 'geh31mzq'],
  },
  {
    name: 'curl',
    class: 'password',
    text: "curl -s -u 'klotilde:geh31mzq' https://x\n",
    gone: ['klotilde', 'geh31mzq'],
  },
  {
    name: 'WPA',
    class: 'password',
    text: 'network={\n  ssid="Flynns Bude"\n  psk="geh31mzq"\n}\n',
    gone: ['Flynns Bude', 'geh31mzq'],
  },
  { name: 'geli', class: 'password', text: 'geom_eli_passphrase="geh31mzq"\n', gone: ['geh31mzq'] },
  {
    name: 'hash of crypt',
    class: 'password',
    text: 'klotilde:$6$saltsalt$LkPq1ZxVb3Nm5Qw7Er9Ty1Ui3Op5As7Df9Gh1Jk3:1001:1001::0:0:K:/home/klotilde:/bin/sh\n',
    gone: ['LkPq1ZxVb3Nm5Qw7Er9Ty1Ui3Op5As7Df9Gh1Jk3', 'klotilde'],
  },
  { name: 'password on the next line', class: 'password', text: 'password:\n    geh31mzq\n', gone: ['geh31mzq'] },

  // Wi-Fi, licences
  {
    name: 'ifconfig',
    class: 'ssid',
    text: '\tssid Flynns-Bude channel 6 (2437 MHz 11g) bssid 58:9c:fc:0a:b1:2c\n',
    gone: ['Flynns-Bude', '58:9c:fc:0a:b1:2c'],
    stays: ['channel 6 (2437 MHz 11g)'],
  },
  {
    name: 'rc.conf',
    class: 'ssid',
    text: 'ifconfig_wlan0="ssid FlynnsBude WPA SYNCDHCP"\n',
    gone: ['FlynnsBude'],
    stays: ['WPA SYNCDHCP'],
  },
  { name: 'netsh', class: 'ssid', text: '    SSID                   : Flynns Bude\n', gone: ['Flynns Bude'] },
  {
    name: 'iwconfig',
    class: 'ssid',
    text: 'wlan0 IEEE 802.11 ESSID:"Flynns Bude"\n',
    gone: ['Flynns Bude'],
    stays: ['IEEE 802.11'],
  },
  {
    name: 'product key',
    class: 'licence',
    text: 'key VK7JG-NPHTM-C97JM-9MPGT-3V66T found\n',
    gone: ['VK7JG-NPHTM-C97JM-9MPGT-3V66T'],
  },
  {
    name: 'product id',
    class: 'licence',
    text: 'Product ID:                00330-80000-00471-AA123\n',
    gone: ['00330-80000-00471-AA123'],
  },
  { name: 'licence setting', class: 'licence', text: 'LicenseKey="QX77-1234-FLYNN"\n', gone: ['QX77-1234-FLYNN'] },
];

describe('secrets in their places', () => {
  it('are of many kinds', () => {
    expect(CASES.length).toBeGreaterThan(60);
    expect(new Set(CASES.map((one) => one.class)).size).toBe(14);
  });

  it.each(CASES)('$class: $name', ({ text, gone, stays = [], class: secretClass }) => {
    const redactor = createRedactor();
    const { text: redacted, counts } = redactor.redact(text, { path: 'a.txt' });
    for (const value of gone) expect(standsIn(redacted, value), redacted).toEqual([]);
    for (const value of stays) expect(redacted).toContain(value);
    expect(counts[secretClass], JSON.stringify(counts)).toBeGreaterThan(0);
    expect(lineCount(redacted)).toBe(lineCount(text));
    expect(redactor.leaks([{ path: 'a.txt', text: redacted }])).toEqual([]);
    expect(redactor.leaks([{ path: 'a.txt', text }]).length).toBeGreaterThan(0);
    expect(redactOne(redacted), 'redacted twice').toBe(redacted);
  });
});
