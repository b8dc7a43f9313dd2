import { formatSize } from '../../model/size.ts';
import type { Tables } from '../../model/tables.ts';
import type { Topic } from '../../model/topic.ts';
import { partsOf, topicOf } from './topic.ts';

/** Patches, cards, releases and driver branches of the matrix. */
export const tableTopics = (tables: Tables): Topic[] => [
  ...patchTopics(tables),
  ...gpuTopics(tables),
  ...releaseTopics(tables),
  ...branchTopics(tables),
];

const joined = (texts: readonly string[], separator: string): string =>
  texts.filter((text) => text !== '').join(separator);

const patchTopics = ({ patches }: Tables): Topic[] =>
  patches.map((row) =>
    topicOf({
      id: row.id,
      type: 'patch',
      title: row.title,
      lead: `a change to ${row.component}`,
      parts: partsOf({ '': row.change, 'In base since:': row.inBaseSince, 'Status:': row.status }),
      references: row.url === '' ? [] : [row.url],
      data: { ...row, patch: row.id },
    }),
  );

const gpuTopics = ({ gpus, observedBars }: Tables): Topic[] =>
  [...gpus.values()].map((row) => {
    const seen = observedBars.get(row.pciId);
    return topicOf({
      id: row.pciId,
      type: 'gpu',
      title: row.name,
      lead: joined([row.architecture, row.chip], ', '),
      parts: partsOf({
        'Driver branches:': joined(
          [row.firstBranch && `from ${row.firstBranch}`, row.lastBranch && `to ${row.lastBranch}`],
          ' ',
        ),
        'Open kernel module:': row.openModule,
        'BAR1:':
          row.bar1Bytes === undefined
            ? undefined
            : `${formatSize(row.bar1Bytes)}${row.bar1Derived ? ' (follows from the family; nobody has shown it)' : ''}`,
        'On FreeBSD hosts:':
          seen === undefined
            ? undefined
            : `${seen.reports === 1 ? '1 public report' : `${seen.reports} public reports`}; ppt held it in ${seen.pptBound}; MSI was offered in ${seen.msi}, MSI-X in ${seen.msix}, function-level reset in ${seen.flr}`,
        'Note:': row.notes,
        'Reports:': `\`gpudiag matrix list --gpu ${row.pciId}\``,
      }),
      data: { ...row, gpu: row.name },
    });
  });

const releaseTopics = ({ releases }: Tables): Topic[] =>
  releases.map((row) =>
    topicOf({
      id: row.release,
      type: 'release',
      title: `FreeBSD ${row.release}`,
      lead: joined([row.date && `released ${row.date}`, row.endOfLife && `end of life ${row.endOfLife}`], ', '),
      parts: partsOf({ '': row.notes, 'Reports:': `\`gpudiag matrix list --release ${row.release}\`` }),
      data: { ...row },
    }),
  );

const branchTopics = ({ branches }: Tables): Topic[] =>
  branches.map((row) =>
    topicOf({
      id: `driver:${row.branch}`,
      type: 'driver',
      title: `NVIDIA driver branch ${row.branch}`,
      lead: row.kind,
      parts: partsOf({
        'Architectures:': joined([row.architecturesFrom, row.architecturesTo], ' to '),
        'Note:': row.notes,
      }),
      data: { ...row },
    }),
  );
