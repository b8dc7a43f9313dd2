import { beforeAll, describe, expect, it } from 'vitest';
import { buildIfStale, cli } from '../support/cli.ts';

beforeAll(() => buildIfStale(), 240_000);

const explain = (...words: string[]) => cli(['explain', ...words]);

describe('gpudiag explain', () => {
  it('takes several words as one line', async () => {
    const { status, stdout } = await explain(
      'PCI',
      'device',
      'at',
      '1/0/0',
      'is',
      'not',
      'using',
      'the',
      'ppt',
      'driver',
    );
    expect(status).toBe(0);
    expect(stdout).toContain('device-not-ppt');
  });

  it('reads standard input', async () => {
    const line = "NVRM: Can't find an IRQ for your NVIDIA card!\n";
    const { status, stdout } = await cli(['explain', '-'], { input: line });
    expect(status).toBe(0);
    expect(stdout).toContain('nvidia-intpin-missing');
    expect((await cli(['explain', '-'], { input: '' })).status).toBe(2);
  });

  it('answers a typo when only one thing is near, and says so', async () => {
    const { status, stdout } = await explain('nvidia-intpin-mising');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Nothing is called nvidia-intpin-mising\. Nearest is nvidia-intpin-missing:\n/);
    const json = JSON.parse((await explain('memory-not-wird', '--json')).stdout) as Record<string, unknown>;
    expect(json).toMatchObject({
      code: 'memory-not-wired',
      note: expect.stringContaining('memory-not-wird') as string,
    });
  });

  it('names what is near when several things are', async () => {
    const { status, stdout, stderr } = await explain('xid:790');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('did you mean xid:79?');
  });

  it('suggests what holds the word when nothing is near', async () => {
    const { status, stderr } = await explain('intpin');
    expect(status).toBe(2);
    expect(stderr).toContain('did you mean nvidia-intpin-missing?');
    expect((await explain('zebra')).stderr).not.toContain('did you mean');
  });

  it('searches', async () => {
    const { stdout } = await explain('--search', 'interrupt', 'pin');
    expect(stdout).toMatch(/^\d+ places for interrupt pin\n\nnvidia-intpin-missing: /);
    const json = JSON.parse((await explain('-s', 'interrupt', 'pin', '--json')).stdout) as { hits: { id: string }[] };
    expect(json.hits[0]!.id).toBe('nvidia-intpin-missing');
    expect((await explain('--search', 'zebra')).status).toBe(2);
  });

  it('prints a line as JSON', async () => {
    const { stdout } = await explain('NVRM: Xid (PCI:0000:00:06): 79, pid=0, GPU has fallen off the bus.', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ type: 'line', topics: [{ type: 'xid', xid: 79 }] });
  });

  it('shows no control characters of what was pasted', async () => {
    const line = '\u001b[31mNVRM: Xid (PCI:0000:00:06): 79, pid=0\u0007';
    for (const { stdout, stderr } of [await explain(line), await explain('\u001b]0;title\u0007')]) {
      expect(stdout + stderr).not.toMatch(/[\u001b\u0007]/);
    }
  });
});

describe('analyze', () => {
  const EXAMPLE = 'examples/tesla-p4-freebsd-15';

  it('--quiet prints one line and keeps the exit code', async () => {
    const { status, stdout } = await cli(['analyze', EXAMPLE, '--quiet']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^Tesla P4: .*\(nvidia-intpin-missing, confirmed\)\n$/);
    expect((await cli(['analyze', EXAMPLE, '-q', '-v'])).status).toBe(2);
  });

  it('--verbose says which checks ran, and which did not', async () => {
    const { stdout } = await cli(['analyze', EXAMPLE, '--verbose']);
    const [, all, found, against, silent, missing] =
      /(\d+) checks: (\d+)\s+found\s+something,\s+(\d+)\s+ruled\s+something\s+out\s+by\s+evidence,\s+(\d+)\s+ran\s+and\s+found\s+nothing,\s+(\d+)\s+did\s+not\s+run/
        .exec(stdout)!
        .map(Number);
    expect(Number(found) + Number(against) + Number(silent) + Number(missing)).toBeGreaterThanOrEqual(all!);
    expect(stdout).toMatch(/Ran and found nothing:\n {2}- firmware: /);
    const part = await cli(['analyze', `${EXAMPLE}/host/loader.conf`, '--verbose']);
    expect(part.stdout.replace(/\s+/g, ' ')).toMatch(/[1-9]\d* did not run because facts are missing/);
    expect((await cli(['analyze', EXAMPLE])).stdout).not.toContain('CHECKS');
  });
});
