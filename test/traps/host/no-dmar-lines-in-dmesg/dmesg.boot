---<<BOOT>>---
Copyright (c) 1992-2025 The FreeBSD Project.
Copyright (c) 1979, 1980, 1983, 1986, 1988, 1989, 1991, 1992, 1993, 1994
	The Regents of the University of California. All rights reserved.
FreeBSD is a registered trademark of The FreeBSD Foundation.
FreeBSD 14.3-RELEASE-p2 releng/14.3-n271432-8c9ce319fef7 GENERIC amd64
CPU: Intel(R) Core(TM) i5-8600 CPU @ 3.10GHz (3096.00-MHz K8-class CPU)
  Origin="GenuineIntel"  Id=0x906ea  Family=0x6  Model=0x9e  Stepping=10
  VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID
real memory  = 34359738368 (32768 MB)
FreeBSD/SMP: Multiprocessor System Detected: 6 CPUs
pcib1: <ACPI PCI-PCI bridge> irq 16 at device 1.0 on pci0
pci1: <ACPI PCI bus> on pcib1
ppt0 mem 0xd1000000-0xd1ffffff,0x6000000000-0x600fffffff,0x6010000000-0x6011ffffff irq 16 at device 0.0 on pci1
Timecounters tick every 1.000 msec
