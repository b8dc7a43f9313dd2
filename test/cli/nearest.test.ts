import { describe, expect, it } from 'vitest';
import { allNear, nearest } from '../../src/cli/nearest.ts';

const COMMANDS = ['analyze', 'explain', 'matrix list', 'matrix show', 'parse'];

describe('the word that was meant', () => {
  it.each([
    ['analyse', 'analyze'],
    ['anaylze', 'analyze'],
    ['Parse', 'parse'],
    ['prase', 'parse'],
    ['matrix lst', 'matrix list'],
    ['explan', 'explain'],
  ])('%s: %s', (typed, meant) => {
    expect(nearest(typed, COMMANDS)).toBe(meant);
  });

  it.each(['collect', 'x', '', 'matrix'])('%j: none', (typed) => {
    expect(nearest(typed, COMMANDS)).toBeUndefined();
  });
});

describe('all that are near', () => {
  it('come nearest first, and of equals those that hold what was typed', () => {
    expect(
      allNear('csh', ['bash', 'zsh', 'fish', 'tcsh'])
        .map(({ word }) => word)
        .slice(0, 2),
    ).toEqual(['tcsh', 'zsh']);
    expect(allNear('prase', COMMANDS)).toEqual([{ word: 'parse', distance: 1 }]);
    expect(allNear('zebra', COMMANDS)).toEqual([]);
  });
});
