import type { LineMeaning, SearchHit, Topic, TopicName } from '../model/topic.ts';
import { alsoBlocks, lineBlocks, searchBlocks, topicBlocks } from './content/explain.ts';
import type { Block } from './document.ts';
import { createDrawing, type TextOptions } from './text.ts';

const draw = (blocks: readonly Block[], options: TextOptions): string =>
  createDrawing(options).blocks(blocks, options.width).join('\n');

/** @param note said first, when what is explained is not quite what was asked for */
export const renderTopic = (
  topic: Topic,
  others: readonly TopicName[],
  note: string | undefined,
  options: TextOptions,
): string =>
  draw(
    [
      ...(note === undefined ? [] : [{ type: 'paragraph', text: note, tone: 'faint' } as const]),
      ...topicBlocks(topic),
      ...alsoBlocks(others),
    ],
    options,
  );

export const renderLine = (meaning: LineMeaning, options: TextOptions): string => draw(lineBlocks(meaning), options);

export const renderSearch = (query: string, hits: readonly SearchHit[], options: TextOptions): string =>
  draw(searchBlocks(query, hits), options);
