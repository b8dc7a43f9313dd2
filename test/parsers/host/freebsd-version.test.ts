import { expect, it } from 'vitest';
import parser from '../../../parsers/host/freebsd-version.ts';

it('takes a single line for the userland', () => {
  expect(parser.parse('13.5-RELEASE-p1\n').facts).toMatchObject({
    userland: { line: 1, release: { patch: 1 } },
    unlabelled: [],
  });
});

it('does not guess what two lines mean', () => {
  const facts = parser.parse('14.3-RELEASE\n14.2-RELEASE\n').facts!;
  expect(facts.unlabelled.map(({ release }) => release.text)).toEqual(['14.3-RELEASE', '14.2-RELEASE']);
  expect(facts.userland).toBeUndefined();
});

it('reads labels in any order', () => {
  expect(
    parser.parse('Userland: 15.0-RELEASE-p2\nRunning kernel: 15.0-RC3\ninstalled kernel = 15.0-RELEASE-p1').facts,
  ).toMatchObject({
    userland: { line: 1, release: { text: '15.0-RELEASE-p2' } },
    runningKernel: { line: 2, release: { branch: 'RC3' } },
    installedKernel: { line: 3 },
  });
});
