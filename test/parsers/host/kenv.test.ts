import { expect, it } from 'vitest';
import parser from '../../../parsers/host/kenv.ts';

const DUMP =
  'LINES="24"\nhw.vmm.amdvi.enable="1"\npptdevs="21/0/0"\npptdevs2="21/0/1 x"\nsmbios.planar.product="X570"\nsmbios.system.serial="S123"\n';

it('reads reserved devices and firmware, and leaves serial numbers out', () => {
  const facts = parser.parse(DUMP).facts!;
  expect(facts.devices).toEqual(['21/0/0', '21/0/1']);
  expect(facts.pptdevs[1]!.tokens[1]).toMatchObject({ raw: 'x', valid: false });
  expect(facts.firmware).toEqual({ boardProduct: 'X570' });
  expect(JSON.stringify(facts)).not.toContain('S123');
});

it('recognises a whole dump, not a loader.conf', () => {
  expect(parser.recognise!(DUMP)).toBe(true);
  expect(parser.recognise!('pptdevs="1/0/0"\nvmm_load="YES"\n')).toBe(false);
  expect(parser.recognise!(`${DUMP}# comment\n`)).toBe(false);
});
