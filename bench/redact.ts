/**
 * Speed of redaction on kernel logs: as dmesg prints them, with few secrets, and as syslog keeps them, with the host's
 * name on every line. Fastest of some runs in one process.
 *
 *     node --import tsx bench/redact.ts [MIB]
 */
import { createRedactor } from '../src/bundle/redact/redact.ts';
import { guestDmesg } from './generate.ts';

const MIB = 2 ** 20;
const size = Number(process.argv[2] ?? 32) * MIB;
const RUNS = 5;

const dmesg = guestDmesg(size);
const syslog = dmesg.replace(/^/gm, 'Nov  3 09:12:01 gpuhost07 kernel: ').slice(0, size);

console.log(`Node ${process.version}, ${process.platform} ${process.arch}; best of ${RUNS} runs, MB/s\n`);
console.log(`${'text'.padEnd(30)}  learn  redact  search for leaks  replaced`);
for (const [name, text] of [
  ['dmesg', dmesg],
  ['syslog, a name on every line', syslog],
] as const) {
  const best = { learn: 0, redact: 0, leaks: 0 };
  let replaced = 0;
  for (let i = 0; i < RUNS; i += 1) {
    const redactor = createRedactor();
    const speed = (work: () => void): number => {
      const started = performance.now();
      work();
      return text.length / 1e6 / ((performance.now() - started) / 1000);
    };
    best.learn = Math.max(
      best.learn,
      speed(() => redactor.learn(text)),
    );
    let redacted = '';
    best.redact = Math.max(
      best.redact,
      speed(() => (redacted = redactor.redact(text, { path: 'log.txt' }).text)),
    );
    best.leaks = Math.max(
      best.leaks,
      speed(() => void redactor.leaks([{ path: 'log.txt', text: redacted }])),
    );
    replaced = Object.values(redactor.log().replacements).reduce((sum, count) => sum + count, 0);
  }
  const cells = [best.learn, best.redact, best.leaks].map((value) => value.toFixed(0));
  console.log(
    `${name.padEnd(30)}  ${cells[0]!.padStart(5)}  ${cells[1]!.padStart(6)}  ${cells[2]!.padStart(16)}  ${replaced}`,
  );
}
