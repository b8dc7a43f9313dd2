import { consultMatrix } from '../matrix/consult.ts';
import { completeConfiguration, knowsCard } from '../matrix/card.ts';
import { findCards } from '../matrix/find-card.ts';
import { parseLooseRelease } from '../matrix/release-distance.ts';
import type { Configuration, Matrix } from '../model/matrix.ts';
import type { Flavour, Signature, Userland } from '../model/observation.ts';
import { jsonText } from '../report/json-text.ts';
import { embeddedMatrix } from './embedded.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { nearest } from './nearest.ts';
import { terminal } from './terminal.ts';

export interface MatchFlags {
  gpu?: string | undefined;
  release?: string | undefined;
  patch?: string | undefined;
  signature?: Signature | undefined;
  userland?: Userland | undefined;
  cpu?: Configuration['cpuVendor'];
  guest?: string | undefined;
  driver?: string | undefined;
  flavour?: Flavour | undefined;
  rom?: boolean | undefined;
  limit: number;
  json: boolean;
  verbose: boolean;
  'no-color': boolean;
}

/** Cards named when several could be meant. */
const SHOWN = 8;

/** Looks up what flags describe, or what the evidence of inputs shows; a flag overrides the evidence. */
export async function matrixMatch(inputs: readonly string[], flags: MatchFlags): Promise<string> {
  const matrix = embeddedMatrix();
  const asked = askedFor(flags, matrix);
  const configuration = completeConfiguration({ ...(await evidenceOf(inputs, asked)), ...asked }, matrix.tables);
  if (!knowsCard(configuration)) {
    throw inputs.length > 0
      ? new ExpectedError('the evidence does not show which card it is', EXIT.usage, ['name it with --gpu'])
      : new ExpectedError('missing flag: --gpu, or an INPUT to look at', EXIT.usage, [
          'gpudiag matrix match --gpu "Tesla P4" --release 15.0 --guest linux',
        ]);
  }
  const answer = consultMatrix(matrix, configuration, flags.limit);
  if (flags.json) return jsonText({ configuration, ...answer });
  const { renderMatch } = await import('../report/matrix-verdicts.ts');
  const place = terminal({ noColor: flags['no-color'], toFile: false });
  return renderMatch(configuration, answer, { ...place, verbose: flags.verbose });
}

/** Another card than that of the evidence takes nothing of its name and chip along. */
async function evidenceOf(inputs: readonly string[], { pciId }: Configuration): Promise<Configuration> {
  if (inputs.length === 0) return {};
  const [{ diagnoseInputs, expectInputs, whyNothing }, { configurationOfEvidence }] = await Promise.all([
    import('./diagnosis.ts'),
    import('../matrix/report-part.ts'),
  ]);
  expectInputs(inputs);
  const diagnosis = await diagnoseInputs(inputs);
  const nothing = whyNothing(diagnosis.report.inputs);
  if (nothing !== undefined) throw new ExpectedError(nothing, EXIT.input);
  const seen = configurationOfEvidence(diagnosis);
  return pciId === undefined ? seen : withoutCard(seen);
}

const withoutCard = ({ name: _name, vendorId: _vendorId, ...rest }: Configuration): Configuration => rest;

function askedFor(flags: MatchFlags, matrix: Matrix): Configuration {
  const { gpu, release, patch, signature, userland, cpu, guest, driver, flavour, rom } = flags;
  const branch = driver === undefined ? undefined : branchOf(driver);
  return {
    ...(gpu !== undefined && cardOf(gpu, matrix)),
    ...(release !== undefined && { release: knownRelease(release) }),
    ...(patch !== undefined && { patch: knownPatch(patch, matrix) }),
    ...(signature !== undefined && { signature }),
    ...(userland !== undefined && { userland }),
    ...(cpu !== undefined && { cpuVendor: cpu }),
    ...(guest !== undefined && { guestOs: guest }),
    ...(branch !== undefined && { branch }),
    ...(flavour !== undefined && { flavour }),
    ...(rom !== undefined && { rom }),
  };
}

function cardOf(gpu: string, matrix: Matrix): Configuration {
  const [first, ...others] = findCards(matrix, gpu);
  if (first !== undefined && others.length === 0) return { pciId: first.pciId };
  // an id that no table knows still has a vendor
  if (first === undefined && /^[0-9a-f]{4}:[0-9a-f]{4}$/i.test(gpu)) return { pciId: gpu.toLowerCase() };
  if (first === undefined) {
    throw new ExpectedError(`--gpu ${gpu}: no card is called so`, EXIT.usage, [
      'give its id as pciconf -l prints it (chip=0x1bb310de) or as 10de:1bb3',
    ]);
  }
  const shown = [first, ...others].slice(0, SHOWN).map(({ pciId, name }) => `--gpu ${pciId}   ${name}`);
  const more = others.length + 1 - shown.length;
  throw new ExpectedError(`--gpu ${gpu}: which card? Several could be meant`, EXIT.usage, [
    ...shown,
    ...(more > 0 ? [`and ${more} more`] : []),
  ]);
}

function knownRelease(release: string): string {
  if (parseLooseRelease(release) !== undefined) return release;
  throw new ExpectedError(`--release ${release}: is no FreeBSD release`, EXIT.usage, [
    'write it as freebsd-version does, 15.0-RELEASE-p5, or shorter: 15.0',
  ]);
}

function knownPatch(patch: string, { tables }: Matrix): string {
  const ids = ['stock', 'other', ...tables.patches.map(({ id }) => id)];
  const known = ids.find((id) => id.toLowerCase() === patch.toLowerCase());
  if (known !== undefined) return known;
  const meant = nearest(patch, ids);
  throw new ExpectedError(`--patch ${patch}: is no patch of matrix-data/tables/patches.csv`, EXIT.usage, [
    meant === undefined
      ? 'stock, D51892, beckhoff-nvidia-wip, forum-nvidia-patch ...; other for one not listed'
      : `did you mean ${meant}?`,
  ]);
}

function branchOf(driver: string): string {
  const branch = /^(\d{3})(?:\.\d+)*$/.exec(driver.trim())?.[1];
  if (branch !== undefined) return branch;
  throw new ExpectedError(`--driver ${driver}: is no version of NVIDIA's driver`, EXIT.usage, [
    'write it as 580.82.07 or, for the branch, 580',
  ]);
}
