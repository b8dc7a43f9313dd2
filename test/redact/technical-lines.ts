/** Lines that must come out as they are: what diagnosis reads, and what looks like a secret and is none. */
export const TECHNICAL = `
PCI addresses and ids
nvidia0@pci0:1:0:0:	class=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8
ppt0@pci0:129:0:1:	class=0x040300 rev=0xa1 hdr=0x00 vendor=0x10de device=0x10f0 subvendor=0x10de subdevice=0x11d8
none1@pci0:0:31:4:	class=0x0c0500 card=0x72708086 chip=0xa3238086 rev=0x10 hdr=0x00
00:06.0 3D controller [0302]: NVIDIA Corporation GP104GL [Tesla P4] [10de:1bb3] (rev a1)
pci 0000:00:06.0: [10de:1bb3] type 00 class 0x030200
|   0  Tesla P4                       Off | 00000000:00:06.0 Off |                    0 |
pptdevs="1/0/0 1/0/1 129/0/0"
passthru0="1/0/0=6:0"
-s 6:0,passthru,1/0/0,rom=/usr/local/share/roms/p4.rom
pci0:1:0:0 pci0:0:31:4 1/0/0 00:06.0 0000:00:06.0 10de:1bb3
usb usb1: SerialNumber: 0000:00:14.0
usb usb2: SerialNumber: dummy_hcd.0
usb usb3: SerialNumber: vhci_hcd.0
usb 1-1: New USB device strings: Mfr=1, Product=2, SerialNumber=3
BARs and memory
    bar   [10] = type Memory, range 32, base 0xf6000000, size 16777216, enabled
    bar   [14] = type Prefetchable Memory, range 64, base 0x800000000, size 34359738368, enabled
Region 1: Memory at 800000000 (64-bit, prefetchable) [size=32G]
pci 0000:00:06.0: BAR 1: no space for [mem size 0x800000000 64bit pref]
e0000000-efffffff : PCI Bus 0000:00
vgapci0: <VGA-compatible display> port 0xe000-0xe07f mem 0xf6000000-0xf6ffffff,0xe0000000-0xefffffff irq 16 at device 0.0 on pci1
Xids, RmInitAdapter, GSP
NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (0x31:0xffff:2767)
NVRM: RmInitAdapter failed! (0x22:0x56:762)
NVRM: Xid (PCI:0000:00:06): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.
NVRM: Xid (PCI:0000:9b:00): 119, pid=1234, name=nvidia-smi, Timeout after 6s of waiting for RPC response from GPU0 GSP! Expected function 76 (GSP_RM_CONTROL) (0x2080a0a4 0x4c4).
NVRM: _kgspProcessRpcEvent: Attempted to process RPC event from GPU0: 0x1003 (RC_TRIGGERED) during bootup without API lock
NVRM: nvAssertOkFailedNoLog: Assertion failed: Call timed out [NV_ERR_TIMEOUT] (0x00000065) returned from _kgspRpcRecvPoll
Versions
NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.82.07  Wed Aug 27 16:58:07 UTC 2025
NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  570.133.20  Release Build  (dvs-builder@U22-I3-AE18-09-4)
NVRM version: NVIDIA UNIX x86_64 Kernel Module  71.86.11  Wed Jun  3 14:33:39 PDT 2009
Linux version 2.6.32.71-el6.x86_64 (mockbuild@x86-64.example.org) (gcc version 4.4.7)
Linux version 5.15.0-105-generic (buildd@lcy02-amd64-007) (gcc (Ubuntu 11.4.0-1ubuntu1~22.04) 11.4.0)
Linux 2.6.32.71 kernel 4.4.302.7
kernel version 2.6.32.71
    VBIOS Version                         : 86.04.55.80.01
    VBIOS Version                         : 94.12.75.40.11
vbios 90.16.25.00.4C
        Image Version                     : G410.0500.00.03
<driver_version>1.2.3.4</driver_version>
DriverVersion  : 32.0.15.8129
"version": "1.2.3.4"
Firmware: 3.20.4.1
pkg: edk2-bhyve-g20210226_4 linux-c7-nvidia-1.2.3.4_1 foo-1.2.3.4.txz
FreeBSD 15.0-RELEASE-p1 #0 releng/15.0-n280995-7aedc8de6446: Fri Nov 28 07:03:27 UTC 2025
    root@releng3.nyi.freebsd.org:/usr/obj/usr/src/amd64.amd64/sys/GENERIC amd64
FreeBSD clang version 19.1.7 (https://github.com/llvm/llvm-project.git llvmorg-19.1.7-0-gcd708029e0b2)
sha256 (/boot/kernel/vmm.ko) = 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
srcversion:     2AF1D6B3A8C9D5E7F0A1B2C
vermagic:       6.8.0-45-generic SMP preempt mod_unload modversions
sig_key:        6B:3C:DE:A0:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:01
Times
[    1.234567] pci 0000:00:06.0: vgaarb: bridge control possible
Nov 03 09:12:01: initialising
Nov 03 09:12:01:  [bhyve options: -c 4 -m 16G -AHPw]
[Mon Nov  3 09:12:01 2025] NVRM: x
2025-11-03 09:12:01.123456 UTC
09:12:01 12:34:56:78
IOMMU, ACPI, interrupts
DMAR: DRHD base: 0x000000fed90000 flags: 0x0
DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap d2008c40660462 ecap f050da
ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0
acpi PNP0A08:00: _OSC: OS supports [ExtendedConfig ASPM ClockPM Segments MSI EDR HPX-Type3]
Capabilities: [68] MSI: Enable+ Count=1/1 Maskable- 64bit+ Address: 00000000fee00218  Data: 0000
    cap 05[68] = MSI supports 1 message, 64 bit enabled with 1 message
    cap 10[78] = PCI-Express 2 endpoint max data 256(512) max read 512
 26:          0       1234   PCI-MSI 98304-edge      nvidia
30: 00 00 00 00 60 00 00 00 00 00 00 00 0b 01 00 00
00: de 10 b3 1b 07 04 10 00 a1 00 02 03 00 00 00 00
    0000: 44 4D 41 52 A8 00 00 00 01 C2 49 4E 54 45 4C 20
Names of devices, modules, interfaces, kinds
kldload vmm; kldstat | grep -e vmm.ko -e ppt
ada0 at ahcich0 bus 0 scbus0 target 0 lun 0
pass0 at ahcich0 bus 0 scbus0 target 0 lun 0
igb0: link state changed to UP
Serial: 8250/16550 driver, 32 ports, IRQ sharing enabled
serial8250: ttyS0 at I/O 0x3f8 (irq = 4, base_baud = 115200) is a 16550A
    class      = serial bus
boot_serial="YES"
<serial type='pty'>
modprobe@loop.service
i2c@2070000 serial@21f0000 pcie@3900000
zroot/vm/compute1@snap1
NVreg_OpenRmEnableUnsupportedGpus=1
HOSTNAME=[N/A]
hostname: (null)
Chassis Serial Number                          : N/A
Serial Number                         : [N/A]
GPU UUID:        GPU-????????-????-????-????-????????????
Serial Number: To Be Filled By O.E.M.
ecap 0003[100] = Serial 1 0000000000000000
ecap 0003[100] = Serial 1 xxxxxxxxxxxxxxxx
/dev/diskid/DISK-xxxxxxxxxxxxp4
Partition and device class UUIDs
rawtype: 516e7cba-6ecf-11d6-8ff8-00022d09712b
rawtype: c12a7328-f81f-11d2-ba4b-00a0c93ec93b
ClassGuid : {4d36e968-e325-11ce-bfc1-08002be10318}
Boot0000-8be4df61-93ca-11d2-aa0d-00e098032b8c
PCI\\VEN_10DE&DEV_1BB3&SUBSYS_11D810DE&REV_A1\\3&11583659&0&30
USB\\VID_046D&PID_C52B\\5&2E3F1A0B&0&3
Well-known addresses
fbuf,tcp=0.0.0.0:5900,w=1024,h=768
inet 127.0.0.1 netmask 0xff000000
netmask 255.255.255.0
listen ::1 and [::]:22
lo0 fe80::1%lo0
ether 00:00:00:00:00:00 brd ff:ff:ff:ff:ff:ff
10.0.0.0/8
Accounts and names of nobody
root@freebsd:~ # vm list
root@localhost:~ # vm list
drwxr-xr-x  2 root  wheel  512 Nov  3 09:12 roms
uid=0(root) gid=0(wheel) groups=0(wheel),5(operator)
/home/ubuntu/nvidia.run
nova:x
Words that only look like settings
The password: ask the administrator
PasswordAuthentication no
password authentication failed
passwd: files sss
Enter passphrase for key:
PWD=/usr/local/etc
token: 0x2080a0a4
pin: INTA
user  :notice: [    1.2] x
ssid "" channel 1 (2412 MHz 11b)
License Status                        : Licensed
module license 'NVIDIA' taints kernel.
Product Name                          : Tesla P4
Product Brand                         : Tesla
std::string fe::ad nv::x kernel::panic
`
  .split('\n')
  .filter((line) => line !== '');
