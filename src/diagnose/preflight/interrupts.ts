import type { Host } from '../../model/host.ts';
import type { InterruptOutlook } from '../../model/preflight.ts';
import { compareReleases, type FreeBsdRelease, parseRelease } from '../../model/release.ts';
import type { Tables } from '../../model/tables.ts';
import type { Card } from './card.ts';

/** Architectures all of whose cards offer the same; Turing to Ada differ between GeForce and data-centre boards. */
const BY_FAMILY: Readonly<Record<string, InterruptOutlook['offers']>> = {
  Kepler: 'msi',
  Maxwell: 'msi',
  Pascal: 'msi',
  Hopper: 'msi-x',
  Blackwell: 'msi-x',
};

/** Builds that are known to lack the interrupt pin for NVIDIA cards (review D51892, August 2025). */
const LACKING = ['14.3-RELEASE', '15.0-ALPHA2'].map((text) => parseRelease(text)!);

/** What the NVIDIA driver of a Linux guest will find. It refuses a card that has neither an interrupt pin nor MSI-X. */
export function interruptOutlook(host: Host, { gpu: { display } }: Card, tables: Tables): InterruptOutlook | undefined {
  if (display.pciId?.startsWith('10de:') !== true) return undefined;
  const { offers, from } = offerOf(display, tables);
  return {
    offers,
    ...(from && { from }),
    text: `${SAYINGS[offers]}${offers === 'msi' ? ` ${stockBhyve(host.release?.value)}` : ''}`,
  };
}

const SAYINGS: Record<InterruptOutlook['offers'], string> = {
  'msi-x': 'The card offers MSI-X, so the driver does not ask for an interrupt pin.',
  msi:
    'The card offers MSI and no MSI-X. Recent bhyve presents it without an interrupt pin, and the NVIDIA driver of a Linux guest ' +
    'then refuses it ("Can\'t find an IRQ for your NVIDIA card", nvidia-intpin-missing), unless bhyve has the patch D51892.',
  'not-known': 'Whether the card offers MSI-X is not known; without it bhyve needs the patch D51892.',
};

function stockBhyve(release: FreeBsdRelease | undefined): string {
  const lacks =
    release !== undefined &&
    LACKING.some((build) => build.major >= release.major && compareReleases(release, build) <= 0);
  return lacks
    ? `Unpatched bhyve of ${release.text} does not have it.`
    : `Whether bhyve of ${release?.text ?? 'this release'} has it is not established: look.`;
}

function offerOf(display: Card['gpu']['display'], tables: Tables): Pick<InterruptOutlook, 'offers' | 'from'> {
  if (display.capabilitiesShown && display.capabilityCount > 0) {
    return display.msix !== undefined ? { offers: 'msi-x', from: 'host' } : { offers: 'msi', from: 'host' };
  }
  const seen = tables.observedBars.get(display.pciId!);
  if (seen !== undefined && seen.msi + seen.msix > 0)
    return { offers: seen.msix > 0 ? 'msi-x' : 'msi', from: 'observed' };
  const family = BY_FAMILY[tables.gpus.get(display.pciId!)?.architecture ?? ''];
  return family === undefined ? { offers: 'not-known' } : { offers: family, from: 'family' };
}
