import { describe, expect, it } from 'vitest';
import { collectFrom, standIn } from '../collect/support.ts';
import { describeHost, type HostChoice } from '../stand-in/host.ts';
import { ask, loaderLines, stageOf, troubles, verdictsOf, vmLines } from './ask.ts';

/** What `preflight --live` sees: a bundle of the profile for hosts on which no VM was started yet. */
const liveOn = async (choice: HostChoice) =>
  ask((await collectFrom(standIn(describeHost(choice)), { profile: 'pre-boot' })).texts);

describe('a host asked live', () => {
  it('leaves nothing of the host open', async () => {
    const answer = await liveOn({ release: '15.0', cpu: 'intel', card: 'p4' });
    for (const id of ['firmware', 'host', 'ppt', 'config'] as const) expect(troubles(answer, id)).toEqual([]);
    expect(verdictsOf(answer)).toMatchObject({ start: 'ready', boot: 'ready', enumerate: 'ready', probe: 'at-risk' });
    expect(vmLines(answer)).toContain('memory=16G');
  });

  it('shows what is missing on a fresh AMD host with a P10', async () => {
    const answer = await liveOn({ release: '14.3', cpu: 'amd', card: 'p10', binding: 'unbound' });
    expect(stageOf(answer, 'ppt').verdict).toBe('will-fail');
    expect(loaderLines(answer)).toEqual(['vmm_load="YES"', 'pptdevs="3/0/0"', 'hw.vmm.amdvi.enable="1"']);
    expect(troubles(answer, 'boot')).toContainEqual(
      expect.objectContaining({ verdict: 'at-risk', inferred: true, code: 'bar-window-overflow' }),
    );
  });
});
