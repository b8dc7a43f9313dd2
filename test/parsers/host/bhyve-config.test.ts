import { expect, it } from 'vitest';
import parser from '../../../parsers/host/bhyve-config.ts';

const vm = (text: string) => parser.parse(text).facts!.vm;

it('expands variables and lets the last value win', () => {
  expect(vm('name=a\nname=gpu\nlpc.bootrom=/fw/%(name).fd\nmemory.size=100%%')).toMatchObject({
    name: 'gpu',
    bootrom: '/fw/gpu.fd',
    memoryText: '100%',
  });
});

it('names the settings a passthru device lacks', () => {
  expect(vm('pci.0.3.0.device=passthru\npci.0.3.0.bus=4').passthru).toMatchObject([
    { problem: 'missing slot, func', selector: '' },
  ]);
});

it('knows the device by name', () => {
  expect(vm('pci.1.3.0.device=passthru\npci.1.3.0.pptdev=ppt2\npci.1.3.0.bar=x').passthru).toMatchObject([
    { pptdev: 'ppt2', guestBdf: '0000:01:03.0', options: 'bar=x' },
  ]);
});

it('takes the default of memory.wired only for a whole machine', () => {
  expect(vm('memory.size=1G\npci.0.0.0.device=hostbridge').wired).toBe(false);
  expect(vm('pci.0.0.0.device=hostbridge').wired).toBeUndefined();
  expect(vm('memory.size=1G\nmemory.wired=on\npci.0.0.0.device=hostbridge').wired).toBe(true);
});

it('skips comments and reports empty values', () => {
  const { facts, problems } = parser.parse('# x=y\ncpus=2\nuuid=');
  expect(facts!.variables).toEqual([{ line: 2, name: 'cpus', value: '2' }]);
  expect(problems).toMatchObject([{ line: 3 }]);
});
