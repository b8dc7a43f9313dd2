/** Holds scores on real cases above the committed floor. Usage: check-score.js SCORE.json ANONYMOUS.json */
import { readFileSync } from 'node:fs';

const floor = JSON.parse(readFileSync(new URL('../.ci/score-floor.json', import.meta.url), 'utf8'));
const [named, anonymous] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const percent = ([good, all]) => (all === 0 ? 100 : (100 * good) / all);
let failed = named.crashed > 0 || anonymous.crashed > 0;
for (const [name, least] of Object.entries(floor)) {
  const score = percent(named.totals[name]);
  const without = percent(anonymous.totals[name]);
  const ok = score >= least && Math.abs(score - without) <= 2;
  console.log(
    `${name.padEnd(10)} ${score.toFixed(1)} % (floor ${least} %), without file names ${without.toFixed(1)} %${ok ? '' : '  TOO LOW'}`,
  );
  failed ||= !ok;
}
process.exit(failed ? 1 : 0);
