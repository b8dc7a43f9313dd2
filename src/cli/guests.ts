import { pathPart } from '../collect/expand.ts';
import type { GuestToAsk } from '../collect/ssh.ts';
import { parseSshTarget } from '../collect/ssh-target.ts';
import { EXIT, ExpectedError } from './errors.ts';

/**
 * Guests to collect from over ssh. The first `--guest` is the VM that the first `--vm` names, and so on; that name ties
 * what the guest says to the host's configuration of it. One without a VM is called `guest`.
 * @throws ExpectedError when a URL cannot be used
 */
export function guestsOf(urls: readonly string[], vms: readonly string[]): GuestToAsk[] {
  const taken = new Set<string>();
  return urls.map((url, i) => {
    const target = parseSshTarget(url);
    if ('problem' in target) {
      throw new ExpectedError(`--guest ${url}: ${target.problem}`, EXIT.usage, [
        '--guest ssh://root@192.0.2.10 is one that can be used',
      ]);
    }
    const wanted = pathPart(vms[i] ?? 'guest');
    let name = wanted;
    for (let copy = 2; taken.has(name); copy += 1) name = `${wanted}-${copy}`;
    taken.add(name);
    return { target, name };
  });
}
