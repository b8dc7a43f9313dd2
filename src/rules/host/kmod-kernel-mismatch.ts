import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { MODULE_PATTERNS, refusedModules } from '../lib/modules.ts';

export default defineRule({
  code: 'kmod-kernel-mismatch',
  stage: 'host',
  kind: 'cause',
  severity: 'error',
  title: 'A kernel module of the host was built for another kernel',
  why:
    'Kernel modules from packages are built for one minor release. On a kernel older or newer than that the loader or the ' +
    'kernel refuses them; when loader.conf names such a module, booting may stop there. This concerns the host, not the guest.',
  fix: [
    {
      text: 'If the host does not boot any more, keep the module from loading at the loader prompt.',
      command: 'set module_blacklist="nvidia nvidia-modeset"',
      on: 'host',
    },
    {
      text: 'Install the module for the running kernel: from the kmods repository of your minor release, or built from ports against your source tree.',
      command: 'pkg install -f PACKAGE, or make -C /usr/ports/x11/nvidia-driver reinstall clean',
      on: 'host',
      reboot: 'host',
      verify: '`kldload MODULE` reports no error',
    },
    {
      text: 'A card that is passed to a guest needs no driver on the host: take the module out of loader.conf and rc.conf.',
      on: 'host',
      reboot: 'host',
    },
  ],
  references: ['sys/kern/kern_linker.c', 'stand/common/module.c', 'loader.conf(5), module_blacklist'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost(MODULE_PATTERNS),
  check({ hits }) {
    return refusedModules(hits)
      .filter(({ module }) => module !== 'vmm')
      .map(({ module, lines, proven }) => ({
        confidence: proven ? 'confirmed' : 'possible',
        title:
          module === 'kernel module'
            ? 'A kernel module of the host was built for another kernel'
            : `${module}.ko was built for another kernel`,
        evidence: lines,
        ...(proven ? {} : { decideWith: 'dmesg' }),
      }));
  },
  examples: {
    fires: [
      {
        name: 'the boot loader stops at a packaged module',
        files: {
          'host/console.txt':
            'Loading kernel...\n' +
            '/boot/kernel/kernel text=0x17a4c8 text=0xd5f2e0 text=0x6a1f04 data=0x140 data=0x1c8\n' +
            'Loading configured modules...\n' +
            '/boot/modules/nvidia.ko size 0x3b04118 at 0x23b1000\n' +
            "loading required module 'kernel'\n" +
            "module 'kernel' exists but with wrong version\n",
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'a symbol that this kernel does not have',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.3-RELEASE releng/14.3-n271432-8c9ce319fef7 GENERIC amd64\n' +
            'link_elf_obj: symbol vm_page_busy_sleep undefined\n' +
            'linker_load_file: /boot/modules/nvidia.ko - unsupported file type\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a module that loads',
        files: {
          'host/console.txt':
            'Loading kernel...\n' +
            '/boot/kernel/kernel text=0x17a4c8 text=0xd5f2e0 text=0x6a1f04 data=0x140 data=0x1c8\n' +
            'Loading configured modules...\n' +
            '/boot/kernel/vmm.ko size 0x3df128 at 0x23b1000\n' +
            "can't find '/etc/hostid'\n",
        },
      },
    ],
  },
});
