import { expect, it } from 'vitest';
import * as v from 'valibot';
import { PreflightSchema } from '../../src/model/preflight.ts';
import { renderPreflightText } from '../../src/report/preflight.ts';
import { answerFor } from './ask.ts';
import { type Files, FRESH_AMD, READY_A30, READY_P4 } from './hosts.ts';

const HOSTS: readonly Files[] = [READY_P4, READY_A30, FRESH_AMD];

/** The same evidence with one file less, cut in half, or turned upside down. */
function* damaged(files: Files): Generator<Files> {
  for (const [path, text] of Object.entries(files)) {
    const lines = text.split('\n');
    const others = Object.fromEntries(Object.entries(files).filter(([name]) => name !== path));
    yield others;
    yield { [path]: text };
    yield { ...others, [path]: text.slice(0, text.length / 2) };
    yield { ...others, [path]: [...lines].reverse().join('\n') };
    yield { ...others, [path]: text.replace(/\d+/g, '99999999999999999999') };
  }
}

it('always comes to an answer that keeps to its schema and can be shown', () => {
  let answered = 0;
  for (const files of HOSTS.flatMap((host) => [...damaged(host)])) {
    const answer = answerFor(files, { slot: 5 });
    if (answer.kind !== 'answered') continue;
    answered += 1;
    expect(v.safeParse(PreflightSchema, answer.preflight).issues).toBeUndefined();
    expect(renderPreflightText(answer.preflight, { width: 80, color: true, unicode: true, verbose: true })).toMatch(
      /changed\./,
    );
    // Less evidence never makes a host more ready than what it shows: each check that is in order cites a line or a report.
    for (const check of answer.preflight.stages.flatMap(({ checks }) => checks)) {
      if (check.verdict === 'ready')
        expect(check.evidence.length > 0 || check.title.startsWith('Reports of this card'), check.title).toBe(true);
    }
  }
  expect(answered).toBeGreaterThan(50);
});
