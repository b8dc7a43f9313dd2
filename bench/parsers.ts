/**
 * Speed of parsers on one core: `pciconf` over as many reports as a large collection has, a guest's kernel log, and
 * `nvidia-smi -q -x` of eight GPUs. Medians of some runs in one process; processor time beside wall time, because what else
 * the machine does falls on the wall.
 *
 *     node --import tsx bench/parsers.ts [REPORTS]      default 14540, about 216 MB
 */
import linuxDmesg from '../parsers/guest/linux-dmesg.ts';
import nvidiaSmiXml from '../parsers/guest/nvidia-smi-xml.ts';
import pciconf from '../parsers/host/pciconf.ts';
import { createRandom, guestDmesg, hostPciconf } from './generate.ts';

const RUNS = 5;
const reports = Number(process.argv[2] ?? 14_540);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Milliseconds by the clock and of the processor: the medians of some runs. */
function timed(work: () => void, warmUps: number): { wall: number; cpu: number } {
  for (let i = 0; i < warmUps; i += 1) work();
  const walls: number[] = [];
  const cpus: number[] = [];
  for (let i = 0; i < RUNS; i += 1) {
    const before = process.cpuUsage();
    const started = performance.now();
    work();
    walls.push(performance.now() - started);
    const { user, system } = process.cpuUsage(before);
    cpus.push((user + system) / 1000);
  }
  return { wall: median(walls), cpu: median(cpus) };
}

function report(name: string, bytes: number, work: () => void, warmUps = 1): void {
  const { wall, cpu } = timed(work, warmUps);
  const speed = (ms: number): string => (bytes / 1e6 / (ms / 1000)).toFixed(0).padStart(4);
  console.log(
    `${name.padEnd(44)} ${(bytes / 1e6).toFixed(1).padStart(6)} MB  ${speed(wall)} MB/s by the clock  ${speed(cpu)} MB/s of processor time  ${wall.toFixed(1).padStart(8)} ms`,
  );
}

/** `nvidia-smi -q -x` of some GPUs, with as many elements as recent branches print. */
function smiXml(gpus: number): string {
  const random = createRandom(5);
  const section = (name: string, fields: number): string =>
    [
      `\t\t<${name}>`,
      ...Array.from({ length: fields }, (_, i) => `\t\t\t<${name}_item_${i}>${random(9000)} MiB</${name}_item_${i}>`),
      `\t\t</${name}>`,
    ].join('\n');
  const sections = ['clocks', 'ecc_errors', 'fb_memory_usage', 'power_readings', 'temperature', 'utilization'];
  const gpu = (index: number): string =>
    [
      `\t<gpu id="00000000:0${index}:00.0">`,
      '\t\t<product_name>Tesla P4</product_name>',
      '\t\t<product_architecture>Pascal</product_architecture>',
      '\t\t<pci>',
      '\t\t\t<pci_device_id>1BB310DE</pci_device_id>',
      `\t\t\t<pci_bus_id>00000000:0${index}:00.0</pci_bus_id>`,
      '\t\t</pci>',
      ...sections.map((name) => section(name, 40)),
      '\t</gpu>',
    ].join('\n');
  return [
    '<?xml version="1.0" ?>',
    '<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">',
    '<nvidia_smi_log>',
    '\t<driver_version>570.172.08</driver_version>',
    `\t<attached_gpus>${gpus}</attached_gpus>`,
    ...Array.from({ length: gpus }, (_, index) => gpu(index)),
    '</nvidia_smi_log>',
    '',
  ].join('\n');
}

console.log(`Node ${process.version}, ${process.platform} ${process.arch}; medians of ${RUNS} runs`);
// Fifty different listings stand for the collection: as text they need not be in memory all at once.
const listings = Array.from({ length: 50 }, (_, i) => hostPciconf(10 + (i % 7), i + 1));
let bytes = 0;
for (let i = 0; i < reports; i += 1) bytes += listings[i % listings.length]!.length;
report(`pciconf, ${reports} listings`, bytes, () => {
  for (let i = 0; i < reports; i += 1) pciconf.parse(listings[i % listings.length]!);
});
const log = guestDmesg(32 * 2 ** 20);
report('linux-dmesg', log.length, () => void linuxDmesg.parse(log));
const xml = smiXml(8);
// A short text: cold, the engine's own warming up is most of it.
report('nvidia-smi -q -x, 8 GPUs, cold', xml.length, () => void nvidiaSmiXml.parse(xml));
report('nvidia-smi -q -x, 8 GPUs, warm', xml.length, () => void nvidiaSmiXml.parse(xml), 200);
