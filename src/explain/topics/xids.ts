import type { Tables } from '../../model/tables.ts';
import type { Topic } from '../../model/topic.ts';
import { partsOf, topicOf } from './topic.ts';

export const xidTopics = ({ xids }: Pick<Tables, 'xids'>): Topic[] =>
  [...xids.values()].map((row) =>
    topicOf({
      id: `xid:${row.xid}`,
      type: 'xid',
      title: row.title,
      lead: `Xid ${row.xid}, ${row.symbol}, severity ${row.severity}`,
      parts: partsOf({ '': row.meaning, 'What to do:': row.action }),
      references: ['https://docs.nvidia.com/deploy/xid-errors/'],
      data: { ...row },
    }),
  );
