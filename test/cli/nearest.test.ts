import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/cli/nearest.ts';

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
