import type { Observation } from '../../model/observation.ts';
import type { Topic } from '../../model/topic.ts';
import { partsOf, topicOf } from './topic.ts';

/** Reports of the matrix: what was seen, in short. `matrix show` has all of it. */
export const observationTopics = (observations: readonly Observation[]): Topic[] =>
  observations.map((observation) => {
    const { id, host, bhyve, guest, outcome, summary, workaround, notes, symptoms, source } = observation;
    const device = observation.subject === 'gpu' ? observation.gpu.name : (observation.device?.name ?? 'platform');
    return topicOf({
      id,
      type: 'observation',
      title: `${device} on ${host.os} ${host.release ?? 'of unknown release'}: ${outcome}`,
      lead: `a report of the matrix; bhyve: ${bhyve.patch}${guest.driver === null ? '' : `; driver: ${guest.driver}`}`,
      parts: partsOf({
        '': summary,
        'Work-around:': workaround,
        'Note:': notes,
        'Findings:': symptoms.join(', '),
        'In full:': `\`gpudiag matrix show ${id}\``,
      }),
      references: source.url === null ? [] : [source.url],
      related: [outcome, ...symptoms],
      data: { observation: id, outcome, summary, workaround, symptoms },
    });
  });
