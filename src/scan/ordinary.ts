/** Text as it stands in the log of every machine, stamps included. A window that is rare here is rare there. */
export const ORDINARY = [
  '[    0.412345] pci 0000:00:1f.2: reg 0x20: [io  0xf060-0xf07f]\n[   12.804391] usb 1-2: new high-speed USB device',
  ' number 4 using xhci_hcd\nJan 21 07:14:52 host kernel: em0: link state changed to UP\nsystemd[1]: Started session-12.',
  'scope - Session 12 of User root.\nEXT4-fs (vda2): mounted filesystem with ordered data mode. Quota mode: none.\n',
  'audit: type=1400 audit(1712345678.123:45): apparmor="STATUS" operation="profile_load" name="lsb_release"\n',
  'e1000e 0000:00:03.0 eth0: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: Rx/Tx\nACPI: PM-Timer IO Port: 0x408\n',
  'xhci0: <XHCI (generic) USB 3.0 controller> mem 0xdf100000-0xdf10ffff irq 16 at device 20.0 on pci0\n',
  'Memory: 8039136K/8388084K available (20480K kernel code, 4230K rwdata, 348948K reserved)\nrandom: crng init done\n',
  'interrupt took too long, lowering kernel.perf_event_max_sample_rate to 32000, possible request, failed to detect\n',
  'bridge0: port 2(tap0) entered disabled state\nclocksource: switched to tsc-early, using IRQ 4 for console, line discipline\n',
  'input: translated keyboard as serial port, received signal 15, terminated: not found in the list of devices, ignored\n',
  'ada0: 600.000MB/s transfers (SATA 3.x), 512 byte logical blocks, write cache enabled, command queueing, rejected by the\n',
].join('');
