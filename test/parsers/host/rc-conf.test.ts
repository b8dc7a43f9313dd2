import { expect, it } from 'vitest';
import parser from '../../../parsers/host/rc-conf.ts';

const read = (text: string) => parser.parse(text).facts!;
const marked = (line: string) => parser.markers.some((marker) => marker.test(line));

it('adds up kld_list and keeps only the last plain value', () => {
  expect(read('kld_list="a b"\nkld_list="c"\nkld_list+=" d"').kldList).toEqual(['c', 'd']);
});

it('reads quotes of both kinds, joined words and values over several lines', () => {
  const facts = read(
    'kld_list="amdgpu \\\n  nmdm"\nvm_dir=\'zfs:\'"tank/vm"\nvm_list="one\ntwo" # started in order\nvm_delay=5',
  );
  expect(facts.kldList).toEqual(['amdgpu', 'nmdm']);
  expect(facts.vmDir).toBe('zfs:tank/vm');
  expect(facts.vmList).toEqual(['one', 'two']);
  expect(facts.settings.map(({ name, line }) => [name, line])).toEqual([
    ['kld_list', 1],
    ['vm_dir', 3],
    ['vm_list', 4],
    ['vm_delay', 6],
  ]);
});

it('names a quote that is never closed and reads on', () => {
  const { facts, problems } = parser.parse('kld_list="nmdm\nvm_enable="YES"');
  expect(facts).toMatchObject({ kldList: ['nmdm'], vmEnable: true });
  expect(problems).toEqual([{ line: 1, message: 'kld_list: the quote is not closed' }]);
});

it('reads sysrc', () => {
  expect(read('vm_enable: YES\nkld_list: i915kms vmm\nvm_disable_host_checks: yes')).toMatchObject({
    vmEnable: true,
    vmDisableHostChecks: true,
    kldList: ['i915kms', 'vmm'],
  });
});

it('keeps commented lines apart', () => {
  const facts = read('#vm_enable="YES"\ngateway_enable="YES"');
  expect(facts.vmEnable).toBeUndefined();
  expect(facts.commented).toMatchObject([{ line: 1, name: 'vm_enable', value: 'YES' }]);
});

it('claims its own lines only', () => {
  for (const line of ['sshd_enable="YES"', 'vm_list="a"', 'ifconfig_em0="DHCP"', 'kld_list: vmm'])
    expect(marked(line), line).toBe(true);
  for (const line of [
    'vmm_load="YES"',
    'nextboot_enable="YES"',
    'passthru0="1/0/0"',
    'graphics="yes"',
    'hw.vmm.iommu.enable="1"',
  ]) {
    expect(marked(line), line).toBe(false);
  }
});
