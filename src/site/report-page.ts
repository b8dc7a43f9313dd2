import { showObservation } from '../matrix/query.ts';
import { observationPath } from '../matrix/path.ts';
import type { ObservationDetail } from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import { plural, sentence } from '../report/words.ts';
import { type Content, html, type Html, link } from '../web/html.ts';
import { visible } from '../web/safe-text.ts';
import { bytes, fields } from './blocks.ts';
import type { Catalogue } from './cards.ts';
import type { FramedPage } from './frame.ts';
import type { EvidenceFile } from './input.ts';
import { deviceName, hostWords, idLinks, named, outcomeChip, patchWords, reportTitle } from './words.ts';

const ROOT = '../';

/** One report: all it tells, what others say to it, and its evidence. */
export function reportPage(
  observation: Observation,
  catalogue: Catalogue,
  evidence: readonly EvidenceFile[],
): FramedPage {
  const detail = showObservation(catalogue.matrix, observation.id)!;
  const { id, failedStage, grade, summary, workaround, notes } = observation;
  const card = catalogue.cardOf(observation);
  return {
    title: `${deviceName(observation)}, ${named(hostWords(observation))}`,
    description: reportTitle(observation),
    root: ROOT,
    above: html`<p class="above">${
      card === undefined
        ? html`<a href="../reports.html">All reports</a>`
        : html`<a href="../gpu/${card.slug}.html">${named(card.name)}</a>`
    } <span class="faint">/ ${id}</span></p>`,
    lead: html`<p class="counts">${outcomeChip(observation)} <span class="chip none">${grade}</span>${failedStage !== null && html` <span class="chip none">failed at ${failedStage}</span>`}</p>
${retired(detail)}
<p class="lead">${sentence(summary)}</p>`,
    main: html`${workaround !== null && html`<section class="panel" aria-labelledby="workaround"><h2 id="workaround">What helped, or was tried</h2><p>${sentence(workaround)}</p></section>`}
${symptoms(detail)}
<div class="pair">${parts(observation, detail).map(
      ({ title, items }) =>
        html`<section class="panel" aria-label="${title}"><h2>${title}</h2>${fields(items)}</section>\n`,
    )}</div>
${notes !== undefined && html`<section aria-labelledby="notes"><h2 id="notes">Notes</h2><p>${notes}</p></section>`}
${related(detail)}
${evidenceSection(observation, evidence)}`,
  };
}

/** Said first: whoever comes by a link must not take it for what holds now. */
function retired({ observation: { withdrawn }, supersededBy }: ObservationDetail): Content {
  if (withdrawn !== undefined) return html`<p class="warn"><b>Withdrawn:</b> ${sentence(withdrawn)}</p>`;
  return supersededBy.length > 0 && html`<p class="warn"><b>Replaced</b> by ${idLinks(supersededBy, ROOT)}.</p>`;
}

function symptoms({ symptoms: list }: ObservationDetail): Content {
  if (list.length === 0) return undefined;
  return html`<section aria-labelledby="symptoms"><h2 id="symptoms">What it shows</h2><ul>${list.map(
    ({ code, meaning }) => html`<li><code>${code}</code>${meaning !== undefined && html`: ${meaning}`}</li>`,
  )}</ul></section>`;
}

interface Part {
  title: string;
  items: (readonly [string, Content])[];
}

const yesNo = (value: boolean | null | undefined): string | undefined =>
  value === true ? 'yes' : value === false ? 'no' : undefined;

function parts(observation: Observation, { card: row, patch }: ObservationDetail): Part[] {
  const { host, bhyve, guest, config, source, reporter } = observation;
  const device = observation.subject === 'gpu' ? observation.gpu : observation.device;
  const firmware = host.firmwareSettings;
  const all: Part[] = [
    {
      title: observation.subject === 'gpu' ? 'Card' : 'Device',
      items: [
        ['Name', device?.name ?? 'none, or any'],
        ['In the table of cards', row !== undefined && row.name !== device?.name && row.name],
        ['PCI id', device?.pciId],
        ['Vendor id', device?.pciId === null && device.vendorId],
        ['Subsystem', device?.subsystemId],
        ['Architecture', observation.subject === 'gpu' && observation.gpu.architecture],
        ['Chip', observation.subject === 'gpu' && observation.gpu.chip],
        ['BARs', device?.bars?.map((bar) => `BAR${bar.index} ${bytes(bar.bytes)}`).join(', ')],
      ],
    },
    {
      title: 'Host',
      items: [
        ['System', hostWords(observation)],
        ['osreldate', host.osreldate],
        ['Source revision', host.revision],
        [
          'CPU',
          host.cpu ?? (host.cpuVendor === 'arm' ? 'ARM' : host.cpuVendor === 'amd' ? 'AMD' : host.cpuVendor && 'Intel'),
        ],
        ['Board', host.board],
        ['Machine', host.hardware],
        ['Firmware', host.firmware],
        ['IOMMU in the firmware', yesNo(firmware?.iommu)],
        ['Above 4G decoding', yesNo(firmware?.above4g)],
        ['Resizable BAR', yesNo(firmware?.resizableBar)],
        ['CSM', yesNo(firmware?.csm)],
        ['Bifurcation', firmware?.bifurcation],
        ['Other settings', firmware?.other],
      ],
    },
    {
      title: bhyve.userland === 'qemu' ? 'vmm with QEMU' : 'bhyve',
      items: [
        [
          'Patch',
          html`${patchWords(bhyve.patch)}${patch !== undefined && html`: ${patch.title}. ${patch.url !== '' && link(patch.url)}`}`,
        ],
        ['Build', bhyve.detail],
        ['Review', bhyve.review],
        ['Commit', bhyve.commit],
        ['Hypervisor signature', bhyve.signature !== 'unknown' && bhyve.signature],
        ['SHA-256 of vmm.ko', bhyve.vmmSha256 && html`<code>${bhyve.vmmSha256}</code>`],
        ['SHA-256 of bhyve', bhyve.bhyveSha256 && html`<code>${bhyve.bhyveSha256}</code>`],
      ],
    },
    {
      title: 'Guest',
      items: [
        ['System', guest.os ?? 'not told'],
        ['Kernel', guest.kernel],
        ['Driver', guest.driver],
        ['Driver version', guest.driverVersion],
        ['Driver branch', guest.branch],
        ['Kind of driver', guest.flavour],
      ],
    },
    {
      title: 'Virtual machine',
      items: [
        ['Memory', config?.memoryBytes !== undefined && bytes(config.memoryBytes)],
        ['CPUs', config?.cpus],
        ['Loader', config?.loader],
        ['VBIOS given (rom=)', yesNo(config?.rom)],
        ['Functions passed', config?.functions],
        ['On the host', config?.hostSlots?.join(', ')],
        ['In the guest', config?.guestSlots?.join(', ')],
        ['Notes', config?.notes],
      ],
    },
    {
      title: 'Source',
      items: [
        ['Kind', source.kind],
        ['Address', source.url !== null && link(source.url)],
        ['Title', source.title],
        ['Date', source.date],
        ['Reporter', reporter === null ? 'anonymous' : reporter],
        ['Entry', html`<code>matrix-data/${observationPath(observation)}</code>`],
      ],
    },
  ];
  return all.filter(({ items }) => items.some(([, content]) => content));
}

function related({ observation, confirmedBy, contradictedBy }: ObservationDetail): Content {
  const { confirms = [], contradicts = [], supersedes = [] } = observation;
  const lists: [string, readonly string[]][] = [
    ['Confirms', confirms],
    ['Confirmed by', confirmedBy],
    ['Contradicts', contradicts],
    ['Contradicted by', contradictedBy],
    ['Replaces', supersedes],
  ];
  const told = lists.filter(([, ids]) => ids.length > 0);
  if (told.length === 0) return undefined;
  return html`<section aria-labelledby="related"><h2 id="related">Related reports</h2>${fields(
    told.map(([label, ids]) => [label, idLinks(ids, ROOT)] as const),
  )}</section>`;
}

/** Evidence is a few lines by rule; what is longer here did not come that way, and is cut. */
const MAX_EVIDENCE = 64 * 1024;

function evidenceSection({ grade, source }: Observation, files: readonly EvidenceFile[]): Html {
  const from = source.url === null ? 'its source' : html`its source, ${link(source.url)}`;
  return html`<section aria-labelledby="evidence"><h2 id="evidence">Evidence</h2>${
    files.length === 0
      ? html`<p>${grade === 'evidenced' ? html`The output stands in ${from}.` : html`No output is kept with this report. It rests on ${from}.`}</p>`
      : html`<p>The lines that show it, cut and redacted by the one who reported it. <code>gpudiag analyze</code> comes to the same result from them.</p>${files.map(evidenceFile)}`
  }</section>`;
}

function evidenceFile({ path, text }: EvidenceFile): Html {
  const shown = text.slice(0, MAX_EVIDENCE).trimEnd();
  const lines = shown.split('\n').length;
  return html`<details open><summary><code>${path}</code> <small>${plural(lines, 'line')}</small></summary><pre><code>${visible(shown)}</code></pre>${
    text.length > MAX_EVIDENCE && html`<p class="faint">The rest of this file is left out.</p>`
  }</details>\n`;
}
