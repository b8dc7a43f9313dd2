import { type Html, html, raw } from '../../web/html.ts';
import type { StageMark, StagesBlock } from '../document.ts';

/** Drawn in a box of 16 by 16, so that the mark does not depend on what signs a font has, nor on colour alone. */
const SHAPES: Record<StageMark, string> = {
  passed: '<path d="M3.5 8.5l3 3 6-7"/>',
  'at-risk': '<path d="M8 3v6M8 12v.5"/>',
  failed: '<path d="M4 4l8 8M12 4l-8 8"/>',
  unknown: '<path d="M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.6M8 12.5v.3"/>',
  'not-reached': '<path d="M5 8h6"/>',
};

const WORDS: Record<StageMark, string> = {
  passed: 'passed',
  'at-risk': 'at risk',
  failed: 'failed',
  unknown: 'not shown',
  'not-reached': 'not reached',
};

/** The stages as a ladder on its side: how far it got is seen before a word is read. */
export const ladder = (stages: StagesBlock['stages'], names: StagesBlock['names']): Html =>
  html`<ol class="ladder">${stages.map(
    ({ name, mark }) =>
      html`<li class="${mark}"><svg viewBox="0 0 16 16" aria-hidden="true">${raw(SHAPES[mark])}</svg><span>${name}</span><span class="visually-hidden">: ${names?.[mark] ?? WORDS[mark]}</span></li>`,
  )}</ol>`;
