import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIfStale, cli, RUN } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';

const RECIPES = join(ROOT, 'recipes');
const P10 = join(ROOT, 'examples/tesla-p10-freebsd-14');

let folder: string;
beforeAll(() => {
  buildIfStale();
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-recipes-'));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}
const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 2 ** 26, cwd: folder },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    );
  });

const has = (name: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const inputsIn = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { input: string }).input);

describe('joining parts', () => {
  it('leaves one line for every input: the last report, an error only where there is none, nothing cut off', async () => {
    const line = (value: object): string => `${JSON.stringify(value)}\n`;
    const parts = {
      'p1.ndjson': line({ input: 'a', n: 1 }) + line({ input: 'b', error: { exit: 65 } }) + '{"input":"c","n',
      'p2.ndjson': line({ input: 'b', n: 2 }) + line({ input: 'a', error: { exit: 70 } }) + line({ input: 'ü', n: 5 }),
      'p3.ndjson': `{"input":"d","n":1{"input":"e","n":1}\n${line({ input: 'a', n: 3 })}${line({ input: 'f', error: {} }).trimEnd()}`,
    };
    for (const [name, text] of Object.entries(parts)) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'list'), 'a\nb\nc\nü\n');
    const args = [join(RECIPES, 'join.mjs'), 'joined.ndjson', ...Object.keys(parts), '--inputs', 'list'];
    const { status, stderr } = await run(process.execPath, args);
    expect(readFileSync(join(folder, 'joined.ndjson'), 'utf8')).toBe(
      line({ input: 'a', n: 3 }) +
        line({ input: 'b', n: 2 }) +
        line({ input: 'ü', n: 5 }) +
        line({ input: 'f', error: {} }),
    );
    expect(stderr).toBe('4 inputs, 1 of them without a report; 3 lines were done twice, 2 cut off\nno result: c\n');
    expect(status).toBe(1);
    expect((await run(process.execPath, args.slice(0, -2))).status).toBe(0);
    expect((await run(process.execPath, args.slice(0, 1))).status).toBe(2);
  });
});

/** Why the three hosts cannot be set up here; undefined when they can. */
function whyNoHosts(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'it needs root';
  const missing = ['ip', 'sshd', 'ssh', 'ssh-keygen', 'parallel', 'awk'].filter((name) => !has(name));
  if (missing.length > 0) return `missing: ${missing.join(', ')}`;
  try {
    execFileSync(
      'sh',
      [
        '-c',
        'ip netns add gpudiag-try && ip -n gpudiag-try link add name br0 type bridge; s=$?; ip netns del gpudiag-try; exit $s',
      ],
      {
        stdio: 'ignore',
      },
    );
    return undefined;
  } catch {
    return 'network namespaces cannot be made';
  }
}

const noHosts = whyNoHosts();
if (noHosts !== undefined) console.log(`GNU parallel on three hosts not tested: ${noHosts}`);

describe.skipIf(noHosts !== undefined)('GNU parallel on three hosts', { timeout: 180_000 }, () => {
  it('analyses every bundle once, though one host is cut off and one killed in the middle', async () => {
    const place = mkdtempSync(join(folder, 'hosts-'));
    for (let i = 10; i < 42; i += 1) cpBundle(join(place, 'bundles', `host${i}.tar.gz`));
    const { status, stdout, stderr } = await run('sh', [
      join(ROOT, 'test/fleet/three-hosts.sh'),
      place,
      `${process.execPath} ${RUN}`,
    ]);
    expect(`${stdout}${stderr}`).toContain('host b was cut off');
    expect(status).toBe(0);
    expect(stdout).toContain('host c was killed');
    const wanted = readFileSync(join(place, 'work/inputs.txt'), 'utf8').trimEnd().split('\n');
    expect(wanted).toHaveLength(32);
    expect(inputsIn(join(place, 'work/results.ndjson')).sort()).toEqual(wanted);
    const { error } = JSON.parse(readFileSync(join(place, 'work/results.ndjson'), 'utf8').split('\n')[0]!) as {
      error?: object;
    };
    expect(error).toBeUndefined();
    // Both lost hosts had work that they did not finish: more jobs were begun than there are.
    const finished = readFileSync(join(place, 'work/jobs.log'), 'utf8').trimEnd().split('\n').slice(1);
    const begun = readFileSync(join(place, 'begun'), 'utf8').trimEnd().split('\n');
    expect(finished.map((line) => line.split('\t')[6])).toEqual(Array.from({ length: 16 }, () => '0'));
    for (const [name, address] of [
      ['b', '10.77.0.12'],
      ['c', '10.77.0.13'],
    ]) {
      const count = begun.filter((host) => host.endsWith(`-${name}`)).length;
      expect(count).toBeGreaterThan(finished.filter((line) => line.includes(`@${address}\t`)).length);
    }
    expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).not.toMatch(/gd\d+-/);
  });
});

/** A bundle of one file that is understood. */
function cpBundle(path: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  if (!existsSync(join(folder, 'bundle.tar.gz')))
    execFileSync('tar', ['-czf', join(folder, 'bundle.tar.gz'), '-C', P10, '.']);
  cpSync(join(folder, 'bundle.tar.gz'), path);
}

describe('Slurm array', () => {
  it('gives every bundle to one task, also when there are more tasks than bundles', async () => {
    const place = mkdtempSync(join(folder, 'slurm-'));
    const bundles = ['a', 'b', 'c'].map((name) => join(place, `${name}.tar.gz`));
    for (const path of bundles) cpBundle(path);
    writeFileSync(join(place, 'inputs.txt'), `${bundles.join('\n')}\n`);
    for (const task of [0, 1, 2, 3]) {
      const { status, stderr } = await run(
        'sh',
        [join(RECIPES, 'slurm/array.sbatch'), join(place, 'inputs.txt'), join(place, 'parts')],
        {
          SLURM_ARRAY_TASK_ID: String(task),
          SLURM_ARRAY_TASK_COUNT: '4',
          SLURM_ARRAY_TASK_MIN: '0',
          GPUDIAG: `${process.execPath} ${RUN}`,
        },
      );
      expect([status, stderr.replace(/\d+/g, 'N')]).toEqual([0, task < 3 ? 'gpudiag: worker N is ready\n' : '']);
    }
    const parts = readdirSync(join(place, 'parts')).map((name) => join(place, 'parts', name));
    expect(parts.flatMap(inputsIn).sort()).toEqual(bundles);
  }, 60_000);
});

describe('Kubernetes job', () => {
  const job = JSON.parse(readFileSync(join(RECIPES, 'kubernetes/job.json'), 'utf8')) as {
    kind: string;
    apiVersion: string;
    spec: {
      completions: number;
      parallelism: number;
      completionMode: string;
      backoffLimitPerIndex: number;
      template: {
        spec: { restartPolicy: string; containers: { command: string[]; env: { name: string; value: string }[] }[] };
      };
    };
  };

  it('is an indexed job, as far as that can be read without a cluster', () => {
    const { spec } = job;
    expect([job.apiVersion, job.kind, spec.completionMode]).toEqual(['batch/v1', 'Job', 'Indexed']);
    expect(spec.template.spec.restartPolicy).toBe('Never');
    expect(spec.parallelism).toBeLessThanOrEqual(spec.completions);
    // Its containers know the number of parts from their environment.
    const parts = spec.template.spec.containers[0]!.env.find(({ name }) => name === 'PARTS')!.value;
    expect(Number(parts)).toBe(spec.completions);
  });

  it('has a command that takes its share', async () => {
    const place = mkdtempSync(join(folder, 'kubernetes-'));
    const bundles = ['a', 'b', 'c', 'd', 'e'].map((name) => join(place, `${name}.tar.gz`));
    for (const path of bundles) cpBundle(path);
    writeFileSync(join(place, 'inputs.txt'), `${bundles.join('\n')}\n`);
    const [shell, ...args] = job.spec.template.spec.containers[0]!.command;
    for (const index of ['0', '1']) {
      const { status } = await run(shell!, args, {
        PARTS: '2',
        JOB_COMPLETION_INDEX: index,
        FLEET: place,
        GPUDIAG: `${process.execPath} ${RUN}`,
      });
      expect(status).toBe(0);
    }
    const parts = readdirSync(join(place, 'parts')).filter((name) => name.endsWith('.ndjson'));
    expect(parts).toHaveLength(2);
    expect(parts.map((name) => inputsIn(join(place, 'parts', name)).length).sort()).toEqual([2, 3]);
    expect(parts.flatMap((name) => inputsIn(join(place, 'parts', name))).sort()).toEqual(bundles);
  }, 60_000);
});

const noPython = !has('python3');
if (noPython) console.log('Spark recipe not tested: python3 is not installed');

describe.skipIf(noPython)('Spark pipe', () => {
  it('sends the lines of each partition through a worker and keeps one result an input', async () => {
    const place = mkdtempSync(join(folder, 'spark-'));
    const bundles = ['a', 'b', 'c'].map((name) => join(place, `${name}.tar.gz`));
    for (const path of bundles) cpBundle(path);
    writeFileSync(join(place, 'inputs.txt'), `${bundles.join('\n')}\n`);
    const { status, stderr } = await run(
      'python3',
      [join(RECIPES, 'spark/analyse.py'), join(place, 'inputs.txt'), join(place, 'out'), '2'],
      {
        PYTHONPATH: join(ROOT, 'test/fleet/spark-stand-in'),
        PYTHONDONTWRITEBYTECODE: '1',
        GPUDIAG: `${process.execPath} ${RUN}`,
      },
    );
    expect([status, stderr.replace(/gpudiag: worker \d+ is ready\n/g, '')]).toEqual([0, '']);
    const parts = readdirSync(join(place, 'out')).filter((name) => name.startsWith('part-'));
    expect(parts).toHaveLength(2);
    expect(parts.flatMap((name) => inputsIn(join(place, 'out', name))).sort()).toEqual(bundles);
  }, 60_000);
});

it('lets the results of a worker be read by fleet', async () => {
  const { stdout } = await cli(['worker'], { input: `${P10}\n` });
  const { stdout: text, status } = await cli(['fleet', '-'], { input: stdout });
  expect(status).toBe(0);
  expect(text).toMatch(/^1 result of 1 machine/);
}, 60_000);
