/**
 * Words that the formats, the messages and everyday English use. A person or a machine may be called like one of them; it
 * is then replaced only where it stands as a name (at a prompt, below /home ...), because replacing it everywhere would
 * turn `max read` of pciconf into nonsense and hide nothing that is not in every dictionary.
 */
const WORDS = `
  aarch abm abort about above access acer acl acpi acpidump acs activate active ada adapter adding addm addr address
  admin administrator admskx advanced advisory adx aer aes aesni after agp ahci ahcich ahciem ahp alarm alaska alert
  alias all alloc allocate allow allowing alma alpine already amd amdiommu amdvi ami ampere and android another
  answer any api apic app apparmor appliance apr arch architecture args argument artifact ascii asids aspeed aspm
  asrock assertion assign assigned assist ast asus athlon ati atom atrtc attached attimer audio audit aug auto
  autofs avail available avx away axww backing backup bad bailing banner bar baridx base baseboard based bash basic
  batch baud bay because been beep being bell bench best beta bhyv bhyve bhyveload bin binfmt binutils bios bit bits
  blacklist blackwell blank blk blkid block blocking blocks blue bmi bond boost boot booting bootrom born both bound
  box bpf break breakpoint bridge bridgestp bring broadcom broken brought brown bsd bss budgeting buffer bug build
  builder built bulk bump burn bus busy but button bvdsdt bvfacp bvhpet bvmadt bvmcfg bvxsdt byte bytes bzip cable
  cables cache cal call called calls cam camera can cannot cap capabilities capability capable capacity caps card
  carrier case cat ccm cedar celeron cell centaur centos cfg chain change changed changeme channel channels char
  charp chat check checksum chip chipset cifs cksum claim claims class clean clear clflush clflushopt client clmulni
  clock clone cloned cloud cls clwb clzero cma cmd cmdline cmov cmp cmpl cnt code codel coherent cold colour column
  com comm command commands common comms communicate compaq comparators compat compatible completion complex
  components computer conf config configuration configured connected connection console contains context continuing
  control controller controls conventional cool copper coprocessor copy copyright core corp corporation correctable
  corrected corrupted corsair could couldn count counter cpl cpu cpufreq cpuid cpuinfo cpus crash crc crct create
  creator critical crng crucial crypto cryptodev cryptographic csh csv ctrl cuda curl current currently daemon
  darwin dash dasp data datastore date day dead debian debug debugging dec declaration decode decodes decrypt deep
  default defaultrouter definition delay delivery dell demo depends derive description descriptors desired desktop
  detached details detected detection determine dev devctl devfs device devices devsel dfl dhcp did dif diff dir
  direct directory dirty disable disabled disabling disagrees disk dismounted disp display dkms dma dmar dmesg dmi
  dmidecode docker doctype does doesn dog domain done door double downgraded downstream dram drg drhd driver drivers
  drm drop dsdt dsi dtd dtes dts dual due dummy dump dumpdev dumped duplex dvs dynamic early east ebx ecap echo edge
  edit edr eeprom efi efifb efirtc efr egress eight electronics elf elfutils empty emul emulation enable enabled
  enabling enclosure encrypt end endpoint engine enhanced enter enterprise entries entropy entry env ept epyc erms
  err error errors escape esp essential est esxi etc eth ethernet event every evt exact example exceptions excluded
  exec execute exists exit exited expansion expected expert export express ext extended extensions external extract
  fabric face facp facs factory fail failed failure fallen false family fan far fast fasteoi fatal fault faulted
  fbuf fch feature features feb fedora feed fermi fetch ffxsr fido field fifty file filename filesystem find fire
  firm firmware first fish five fixed flag flags flat floppy flow flr flush fma focus for force foreign fork format
  forwarding found foundation four fpu frame framebuffer framework free freebsd freenas frequency fri from front frs
  frts fsck fsgsbase fuc fujitsu full func function functions fuse future fwsec fxsr game gate gateway gats gbps gcc
  gcd gcm gcrypt geforce gen generic gentoo geo geom gfw ghash ghost gigabit gigabyte git github give global gnu
  gnutls gold good gpc gpcclient gpe gpl gpp gpt gptid gpu gpudiag gpus grace grand grant graph graphics green grey
  group groups grub gsi gsp gtx guard guest guests halt handle hard hardware has hash hashalgo hat hats have hcd hda
  hdac hdr head header heap heat hello help here hewlett hid hide hierarchy high history hitachi hle hlt hold hole
  home hook hopper horizon host hostb hostbridge hostid hostname hot hotplug hour house hpet hpx html htt http https
  hub hwpstate hygon hyperv hypervisor iapc ibpb icm icon ident idle idn ifconfig ignore ima image img impl
  inaccessible inc include incompatible index inet info information init initial initialising initialization
  initialize initialized initramfs inner input insert installed instance instrumentation insufficient int intel
  interface interfaces internal interpreter interrupt interrupts intr intsmb invalid invalidation invariant invpcid
  ioapic iomem iommu ipinum ipmi iptc iron irq irqs isa isab iscsi island iso item its ivhd ivrs ivy iwi jack jail
  jailed jails jan jetson job journal journald joydev jul jump jun just kali kbd kbdmux kcs keep kepler kept kern
  kernel kernelname key kid kill kind king kingston kit kld kldload kldstat kmod kms kru kvm label lahf lan land
  lane lapic laptop large last latency latest launching lava layer layout lazy leader leaf leap leave leds left
  legacy legal length lenovo lens less level lib libcryptsetup libfdisk library libvirt license life light like
  likely limit line linear linelength link linker linux lion list listen live llvm llvmorg load loaded loader
  loading loc local localdomain locale localhost location lock locks log logical long look loop lost lovelace low
  lpc lrwxrwxrwx lsb lsmod lspci ltd ltr lun lunar lvc mac mach machine macos mail main major make management
  manager manjaro many map mapped mapper mapping mapseg mar margining mark marked marvell mas mask maskable masked
  masks mass master match matches matisse max maxcpu maxwell may mbr mca mce mcfg mcommit mcuopt mega mei mellanox
  mem memattr memory message messages meta metal method mgr micro mid mig min mini minimal minimum minor mint mirror
  mis misc mismatch miss missing mit mmap mmconfig mmio mmu mmx mobile mod mode model modeset modify modinfo
  modprobe module modules modversions mokutil mon monitor monitoring moon more most mount mounted mouse movbe move
  mpx msec msft msi msix msr mtf mtrr much multimedia multipath multiplier multiprocessor mute mwaitx name nas
  native natoma ncpu nda near necessary need neon nested net netbsd netmap network never new next nfnetlink nfpusg
  nfs nice night nine nixos nls nmdm nmi nobody nocrs noctua node noheader noise non none noon norm normal north not
  note nothing notice nounits nouveau nov nova npf npt nrip ntpd null num number nvidia nvidiafb nvlink nvm nvme
  nvml nvrm nvs nvsmi obff obj object obtained occupied occur occurred ocean oct odd oem oemid off offer offset oid
  old older omega once one ones only onyx open openbsd opening openssl opensuse openzfs operation operator opt
  opteron optional options oracle orange order ordered origin orin osc osreldate osvw osxsave other out outer output
  oval over own owner ownership owns pack package packard pae page pages paging pair pam panel panic paper params
  parent park parm parse parser part pascal pasid pass passthrough passthru passwd password past pat patch path
  pause pba pbe pci pcib pcibar pciconf pcid pcie pclmul pclmulqdq pcre pcspkr pcxc pdcm pde peak peer pending
  pentium people per perf performance peripheral permissions permitted perr pers persistence pfn pge phase phone
  photo physical physmem pic pico pid piix pilot pin pine ping pink pipe pirq pixel pkcs plain plan plane plate
  platform play please plug plus pmap pme pmi pnp pnxc podman point policy poll pool pop popcnt port ports possible
  post posted power powered powerspec ppt pptdev pptdevs pqe pqm precision preempt pref preferred prefetch
  prefetchable present prev primary prime print printed prior private privilege prob probe probed probes probing
  problem problems proc proceed process processes processor proctrace prod product production profile prog progress
  project promiscuous properly protection provided provider proxmox proxy pse psmouse pspcpp pstate pstore pte ptp
  ptr public pull pulse pure push pwquality pwr python qemu qrencode quad quadro qualified quality quark query queue
  queues quick quiet quit quota race rack radeon radio rail rain ram ramdisk random range ranges rank rapid rapl
  rate raw ray rbe rcb rdmsr rdpid rdpru rdrand rdseed rdtscp reach read ready real realloc realtek realtime reason
  receiver red redacted redactions redhat redirect reference refs reg region register registered registering
  registers registration rejected reldate release reliably remap remapped remapper remapping remote removable
  renamed render renesas replaying repo report reported req request requester required requires res rescheduling
  reserve reserved reset resident resolution resource responding response rest restarting retired retpoline return
  rev revision rich rid ring risk rivafb rivatv river rmrr rng road rock rocky rodata role rom romfile roms room
  root rootfs rope rose rough round route routed router routine routing row rows rpc rsba rsd rsdp rtc rtm rtx ruby
  rule ruleset run running rush rust rwdata ryzen safe sage sail salt same samsung sand sat sata satellite sbin scan
  scbus scene sch sci scope score screen script scsi sdbg sea seagate search sec seccomp second secondary secret
  section sectors secure secureboot securelevel security seed segment segments select self selinux semb send sep
  serial series serio serr server service ses session set setting settings setup seven sgpio sgx sha shadow shadowed
  shadowing shanghai shape share sharing sharp shell shift ship shootdowns shop short should show side sig sign
  signature signer silver simple single site six size sizes skinit skip skipped sky slackware slave sleep slim slot
  slots slow smack small smap smart smb smbios smbus smci smep smi smp smpboot smx snap snd snow socket sockets soft
  software solid solver some song sort sound source south space spare spark sparse speaker spec speed spin split
  spot spp spring spu spurious square src srcversion ssbd ssd sse sshd stable stack staff stage standard star
  starship start started starting state static station statistics stats status stdio steam step stepping stibp stick
  stop stopped storage store storm stream street string strong structured style sub subclass subdevice substates
  subsys subsystem subvendor such suite summer sun sunrise super supermicro support supported supports sure surface
  surprise suse svm swap sweep switch switching symbol symmetric syms sync sys syscall sysctl sysfs system systemd
  sysvinit tab table tables tablet tags tail taint tainting taints take tap tape target task tce tcp team technology
  tegra temp ten term tesla test tests text than that the then thermal thin think this thor thread threadripper
  threads three through thu thunder tick tiger tile time timecounter timecounters timed timeout timer timestamp tiny
  titan title tlb tmr token tool toor top topology torch toshiba total touch tower town tph tpm tpr trace track
  trade trail translated translation trap tree trial triton true truenas trunk trust try trying tsc tscadj tscdlt
  tsx tsxfa tty tube tue tune tuntap turbo turing turn twin two txt type uart ubuntu udf uefi ufs ugen uhub ultra
  umip unable uname unassigned unavailable unblocking uncle unconfined uncorr uncorrectable undefined under
  unexpected unified union unit unix unknown unlimited unload unpack unregistered unrestricted unsupported update
  updates upper upstream usable usage usb usbhid usbus use used usepirqmask user users using usr util utility utmp
  uuid uvm valid validation value variable vault vbios vcpu vda vdev vec vector vectors ven vendor verbosemsr
  verification verify vermagic vermeer version vesta vfio vga vgaarb vgapci vgpu vgx via video view virt virtio
  virtual virtualbox virtualization visit visual vmcb vme vmhost vmiop vmlinuz vmm vmware vmx vnc vnet voice void
  volatile volt volta volume voyager vpid vtd wait waiting wake walk wall warm warning was watch watchdog water wave
  way wbinvd wbnoinvd wdc wdt web wed were west what wheel when while white wide width wild will win wind window
  windows wing winter wire wired wireless wise with within wmi wood word work workstation world worm wpr write wrong
  xen xenon xeon xhci xid xinuse xkbcommon xml xsave xsavec xsaveopt xsaves xsdt xts year yellow yes young your zen
  zero zeros zfs zfsctrl zhaoxin zil zilog zlib zone zst zstd zvol
`;

/** Accounts and machine names that come with systems and products: they identify nobody. */
const NOBODY = `
  root toor daemon operator bin tty kmem games news man sshd smmsp mailnull bind unbound proxy _pflogd _dhcp uucp pop
  auditdistd www www-data hast tests ntpd _ypldap nobody nogroup nonroot wheel staff guest adm lp sync shutdown halt
  mail backup list irc gnats sys syslog messagebus dbus avahi colord cups-pk-helper dnsmasq gdm geoclue hplip kernoops
  lightdm sddm polkitd pulse rtkit saned speech-dispatcher sssd tcpdump tss usbmux uuidd whoopsie chrony rpc statd
  systemd systemd-network systemd-resolve systemd-timesync systemd-coredump systemd-oom libvirt libvirt-qemu libvirtd
  qemu kvm vboxadd nvidia-persistenced nvidia render video audio disk input users user admin administrator default public
  defaultuser0 defaultaccount wdagutilityaccount ubuntu debian fedora centos rocky almalinux arch freebsd netbsd openbsd
  linux nixos nixbld ec2-user cloud-user opc vagrant docker buildd mockbuild kbuild builder jenkins runner git anonymous
  localhost localhost.localdomain localdomain host hostname server desktop laptop workstation vm vmhost guest amnesiac
  gpu nas router gateway firewall test bhyve hypervisor proxmox pve truenas freenas xigmanas pfsense opnsense unraid
  esxi vmware raspberrypi jetson tegra archiso livecd live nomadbsd ghostbsd dragonfly midnightbsd none unknown null
  undefined all all-users sh bash dash zsh ksh csh tcsh fish kernel syslogd init login su sudo doas cron dhclient
  devd vm-bhyve bhyvectl bhyveload uefi loader gdb grub system local lan home internal username yourname myuser
  me you example changeme xxx xxxx iocage bastille cbsd jail tty0 ttyv0 x86 x86_64 amd64 i386
  i686 arm64 aarch64 releng stable current release
`;

const wordsOf = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
const words = wordsOf(WORDS);
const nobody = wordsOf(NOBODY);

/** @param name in lower case */
export const isVocabulary = (name: string): boolean => words.has(name);

/** @param name in lower case */
export const isNobody = (name: string): boolean => nobody.has(name);

/** Endings that everybody's machines have at home, and those reserved for examples: the name before them is still one's own. */
export const isCommonSuffix = (domain: string): boolean =>
  /^(?:local|lan|localdomain|localnet|home|internal|intranet|home\.arpa|corp|private|test|invalid|arpa|(?:.{0,200}\.)?example(?:\.(?:com|net|org))?)$/.test(
    domain,
  );

/** Domains of the projects whose texts are read here: a name in them is a public service. */
export const isPublicDomain = (domain: string): boolean =>
  /(?:^|\.)(?:freebsd\.org|nvidia\.com|kernel\.org|ubuntu\.com|canonical\.com|debian\.org|fedoraproject\.org|redhat\.com|opensuse\.org|suse\.com|archlinux\.org|nixos\.org|github\.com|githubusercontent\.com|gitlab\.com|microsoft\.com|windowsupdate\.com|google\.com)$/.test(
    domain,
  );

/**
 * Accounts on the build clusters of FreeBSD and of Linux distributions, as the version line of a kernel names them. They
 * tell an official kernel from one's own.
 */
export const isBuildCluster = (user: string, host: string): boolean =>
  /^(?:buildd|mockbuild|kbuild|nixbld|builder)$/.test(user) || (user === 'root' && isPublicDomain(host.toLowerCase()));
