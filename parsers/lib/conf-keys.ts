/**
 * Names by which `NAME=value` files are told apart: loader.conf, rc.conf and a vm-bhyve guest look the same line by
 * line. Sources of regular expressions without anchors; no name may match two of them.
 */

/**
 * /boot/loader.conf: module loads, devices kept for ppt, the loader's own settings. `nvidia_load`, `pptdevs2`.
 * Misspelt forms of `pptdevs` count: a loader.conf that has only those is the interesting one.
 */
export const LOADER_NAME = String.raw`(?:[Pp][Pp][Tt]_?[Dd][Ee][Vv][Ss]?\w*|[\w-]+_load|autoboot_delay|beastie_disable|boot_(?:serial|multicons|verbose|mute|single)|console|comconsole_\w+|loader_(?:logo|color|brand|menu_title|menu|conf_files|conf_dirs|delay|gfx)|module_(?:blacklist|path)|kernel|kernels|kernel_options|efi_max_resolution|zpool_cache_\w+|cpu_microcode_name|nextboot_enable|init_path|rootdev)`;

/** Kernel variables with dots; with a quoted value they stand in loader.conf only. `kern.racct.enable` */
export const TUNABLE_NAME = String.raw`(?:hw|kern|vm|vfs|net|machdep|security|debug|dev|hint|vtd|compat|boot|screen|acpi|if_[a-z]+)\.[\w.%-]+`;

/** Variables that sysctl(8) reports but that nobody can set at boot; tells `sysctl -e` from loader.conf. */
export const READ_ONLY_OID = String.raw`(?:hw\.vmm\.(?:iommu\.initialized|ppt\.devices|vmx\.(?:initialized|cap\.|vpid_alloc_failed|l1d_flush|cr[04]_|posted_interrupt_vector)|svm\.(?:features|vmcb_clean)|[en]pt\.pmap_flags|amdvi\.(?:count|domain_id)|ipinum|topology\.|bhyve_xcpuids)|hw\.(?:physmem|model|ncpu|machine\w*|realmem|usermem|pagesize|acpi\.)|kern\.(?:osreldate|osrelease|ostype|version|vm_guest|securelevel|ident|bootfile)|security\.jail\.jailed|vm\.stats\.|vm\.max_(?:user_)?wired|kstat\.zfs\.)`;

/** Kernel variables that take effect only when set before the kernel starts, so that they are loader.conf also unquoted. */
export const BOOT_TUNABLE_NAME = String.raw`(?!${READ_ONLY_OID})(?:hw\.(?:vmm|pci|dmar|nvidia|nvidiadrm|intr|i915kms)\.[\w.-]+|hw\.vmm\.[\w.]+|hint\.[\w.-]+|vtd\.[\w.-]+)`;

/** /etc/rc.conf */
export const RC_NAME = String.raw`(?:kld_list|vm_(?:enable|dir|list|delay|disable_host_checks)|(?!nextboot_)[a-z]\w*_enable|ifconfig_\w+|(?:ipv[46]_)?(?:defaultrouter|static_routes|addrs_\w+)|cloned_interfaces|create_args_\w+|autobridge_\w+|hostname|keymap|dumpdev|devfs_system_ruleset|jail_list|background_dhclient\w*|wlans_\w+|vlans_\w+|defaultroute_delay|firewall_type|(?:sshd|syslogd|ntpd|powerd|moused|sendmail|cron|inetd|named)_\w+|rc_conf_files|kern_securelevel)`;

/** NAME.conf of a vm-bhyve guest (sample-templates/config.sample of vm-bhyve, newer keys from its lib/vm-run). */
export const VM_BHYVE_NAME = String.raw`(?:loader|loader_timeout|loader_fwcfg|bhyveload_(?:loader|args)|uefi|uefi_vars|cpu|cpu_(?:sockets|cores|threads)|memory|wired_memory|hostbridge|ignore_(?:bad_)?msr|bhyve_(?:options|extra)|comports|utctime|debug|ahci_device_limit|disk\d+_\w+|network\d+_\w+|passthru\d+(?:_options)?|start_slot|install_slot|virt_random|virt_console\d+|graphics|graphics_(?:port|listen|res|wait|vga)|vnc_password|xhci_mouse|sound|sound_(?:play|rec)|fwcfg|nulliso_fix|grub_(?:install|run)\w*|zfs_(?:dataset|zvol)_opts|on_(?:restart|fault)|prestart|limit_(?:pcpu|rbps|wbps|riops|wiops)|boot_disk\w*)`;
