/** Observations as many people would report them: varied, seeded, the same every time. */
import type { GpuObservation, Observation, PlatformObservation } from '../src/model/observation.ts';
import { OUTCOME_OF_FAILED_STAGE, type Stage } from '../src/model/stage.ts';
import type { Tables } from '../src/model/tables.ts';
import { createRandom } from './generate.ts';

const GUESTS = [
  'Ubuntu 24.04.3',
  'Ubuntu 22.04',
  'Debian 13',
  'Fedora 42',
  'Windows 11',
  'Windows 10 Pro',
  'FreeBSD 15.0',
  null,
];
const PATCHES = [
  'stock',
  'stock',
  'stock',
  'D51892',
  'beckhoff-nvidia-wip',
  'forum-nvidia-patch',
  'EN-25:20',
  'other',
  'unknown',
];
const STAGES: readonly Stage[] = [
  'host',
  'config',
  'start',
  'boot',
  'enumerate',
  'load',
  'probe',
  'init',
  'init',
  'run',
];
const SYMPTOMS = [
  'rm-init-adapter-failed',
  'nvidia-irq-missing',
  'nvidia-smi-no-devices',
  'guest-no-output',
  'intx-routing-warning',
];
const SENTENCES = [
  'The guest boots and lists the card with all its BARs, then the driver gives up.',
  'nvidia-smi says that no devices were found, and the kernel log repeats the same three lines.',
  'After a cold start of the host the picture comes up once, and never again until the next one.',
  'The installer never appears as soon as the card is in the VM; the VNC picture stays black.',
  'It runs a training job for hours, with the memory clock where it belongs.',
];

/** One in twelve is about a host; one in fifty was replaced by a later one. */
export function generateObservations(count: number, tables: Tables, seed = 7): Observation[] {
  const random = createRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const cards = [...tables.gpus.values()];
  const releases = tables.releases.flatMap(({ release }) =>
    release.endsWith('RELEASE') ? [release, `${release}-p1`, `${release}-p4`] : [release],
  );
  const prose = (): string => [pick(SENTENCES), pick(SENTENCES), pick(SENTENCES)].join(' ');
  return Array.from({ length: count }, (_, i): Observation => {
    const id = `made-${String(i).padStart(6, '0')}`;
    const card = pick(cards);
    const works = random(5) === 0;
    const stage = works ? null : pick(STAGES);
    const common = {
      id,
      host: {
        release: random(9) === 0 ? null : pick(releases),
        os: random(40) === 0 ? 'SmartOS (illumos)' : 'FreeBSD',
        cpuVendor: pick(['intel', 'amd', null] as const),
        hardware: random(3) === 0 ? null : `board ${random(5000)} with ${16 + random(200)} GiB`,
      },
      bhyve: {
        patch: pick(PATCHES),
        detail: null,
        signature: pick(['native', 'native', 'kvm', 'hidden', 'unknown'] as const),
      },
      guest: {
        os: pick(GUESTS),
        driver: `nvidia ${pick(tables.branches).branch}.${random(200)}`,
        branch: pick(tables.branches).branch,
        flavour: pick(['proprietary', 'open', 'nouveau', null] as const),
      },
      config: { loader: 'uefi', rom: pick([true, false, null]), functions: 1 + random(4) },
      outcome: stage === null ? ('works' as const) : OUTCOME_OF_FAILED_STAGE[stage],
      failedStage: stage,
      symptoms: works ? [] : [pick(SYMPTOMS)],
      summary: prose(),
      workaround: random(3) === 0 ? prose() : null,
      source: {
        kind: 'thread' as const,
        url: `https://example.org/threads/${random(count)}/posts/${i}`,
        date: `20${15 + random(12)}-${String(1 + random(12)).padStart(2, '0')}-${String(1 + random(28)).padStart(2, '0')}`,
      },
      grade: pick(['second-hand', 'reported', 'reported', 'evidenced'] as const),
      reporter: random(4) === 0 ? null : `person-${random(9000)}`,
      notes: prose(),
      ...(i > 0 && random(50) === 0 ? { supersedes: [`made-${String(random(i)).padStart(6, '0')}`] } : {}),
    };
    if (random(12) === 0) return { ...common, subject: 'platform', device: null } satisfies PlatformObservation;
    const named = random(4) > 0;
    return {
      ...common,
      subject: 'gpu',
      gpu: {
        pciId: named ? card.pciId : null,
        vendorId: card.pciId.slice(0, 4),
        name: card.name,
        architecture: card.architecture === '' ? null : card.architecture,
        chip: card.chip === '' ? null : card.chip,
      },
    } satisfies GpuObservation;
  });
}
