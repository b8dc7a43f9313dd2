import { randomBytes } from 'node:crypto';
import { cp, lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { identify } from '../bundle/artifacts.ts';
import { openInputs } from '../bundle/open.ts';
import { apiBase, hostOf, isRepositoryName } from '../contribute/address.ts';
import { AnswerProblem, freeText, patchOf, type Question, questionsFor, reporterOf } from '../contribute/answers.ts';
import { type Answers, buildContribution, type Contribution } from '../contribute/entry.ts';
import { cutEvidence, type Evidence, type EvidenceFile } from '../contribute/evidence.ts';
import { formatPatch } from '../contribute/patch.ts';
import { leaksOf, readSource, redactWords } from '../contribute/source.ts';
import { bodyOf, messageOf, subjectOf } from '../contribute/text.ts';
import { diagnose } from '../diagnose/diagnose.ts';
import { lintEntries } from '../matrix/lint.ts';
import { reviewEntries } from '../matrix/lint-review.ts';
import { observationFromDiagnosis } from '../matrix/observation-from-diagnosis.ts';
import { observationPath } from '../matrix/path.ts';
import type { Matrix } from '../model/matrix.ts';
import { jsonText } from '../report/json-text.ts';
import { RULES } from '../rules/index.ts';
import { type Asker, Cancelled, createAsker } from './contribute-ask.ts';
import { publish } from './contribute-publish.ts';
import { howToSend, invitation, renderContribution } from './contribute-screen.ts';
import { embeddedMatrix } from './embedded.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { checkEvidence, entryLeaks } from './matrix-lint-evidence.ts';
import { startProgress } from './progress.ts';
import { VERSION } from './version.ts';

export interface ContributeFlags {
  patch?: string | undefined;
  workaround?: string | undefined;
  firmware?: string | undefined;
  note?: string | undefined;
  reporter?: string | undefined;
  anonymous: boolean;
  yes: boolean;
  output?: string | undefined;
  force: boolean;
  name: readonly string[];
  'open-pr': boolean;
  repo?: string | undefined;
  'api-base': string;
  json: boolean;
}

/** What came of it, as `--json` prints it. */
interface Result {
  id: string;
  outcome: string;
  grade: string;
  /** the folder that was written; null with --open-pr */
  folder: string | null;
  pullRequest: { url: string; outcome: string } | null;
}

type Say = (text: string) => Promise<void>;

/**
 * A bundle becomes an entry of the matrix with its evidence: shown, then written into a folder, or opened as a pull request.
 * @param write where text for people goes; `--json` gets the result alone
 * @throws ExpectedError
 */
export async function contribute(input: string, flags: ContributeFlags, write: Say): Promise<string> {
  const target = flags['open-pr'] ? targetOf(flags) : undefined;
  const matrix = embeddedMatrix();
  const given = answersFrom(flags, matrix);
  const { evidence, redactor, date } = await readEvidence(input, flags, matrix);
  const say: Say = flags.json ? () => Promise.resolve() : write;
  const asks = !flags.yes && !flags.json && process.stdin.isTTY && process.stdout.isTTY;
  const asker = asks ? createAsker(process.stdin, process.stdout) : undefined;
  try {
    const draft = buildContribution(evidence, {}, date);
    await say(`${invitation(draft.observation, matrix)}\n\n`);
    const told = asker === undefined ? given : await askAll(asker, evidence, given, flags, matrix);
    const { email, ...spoken } = told;
    const answers: Answers = redactWords(spoken, KEPT, redactor);
    agreeWithEvidence(answers, evidence);
    const contribution = buildContribution(evidence, answers, date);
    // The name a person gives is meant to be read, whatever it is in the bundle.
    refuseLeaks(leaksOf(buildContribution(evidence, { ...answers, reporter: undefined }, date), redactor).length);
    const known = matrix.observations.some(({ id }) => id === contribution.observation.id);
    if (known) return already(contribution, flags.json);
    const remarks = lint(contribution, matrix, today());
    const staged = await stage(contribution, matrix);
    try {
      await say(renderContribution(contribution, target !== undefined));
      if (target === undefined) {
        const patch = patchFile(contribution, answers.reporter, email);
        const folder = await writeFolder(staged, contribution, patch, flags);
        return conclude(contribution, flags.json, { folder, pullRequest: null }, [
          '',
          `Written to ${folder}: the files, ${patch.name} for git am, and HOW-TO-SEND.txt.`,
          'Nothing was sent. With --open-pr it becomes a pull request; without an account, mail the folder (HOW-TO-SEND.txt).',
        ]);
      }
      await agree(asker, flags);
      const result = await publish(
        {
          repository: target.repository,
          branch: `gpudiag/${contribution.observation.id}`,
          title: subjectOf(contribution),
          body: bodyOf(contribution, remarks),
          message: `${subjectOf(contribution)}\n\n${messageOf(contribution)}`,
          files: contribution.files,
        },
        target,
        process.env,
      );
      return conclude(contribution, flags.json, { folder: null, pullRequest: result }, ['', result.said]);
    } finally {
      await rm(staged, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof Cancelled) throw new ExpectedError('stopped; nothing was written or sent', EXIT.usage);
    throw error;
  } finally {
    asker?.close();
  }
}

/** Words of a person that must stay as they are. */
const KEPT = new Set(['reporter', 'patch', 'review', 'commit']);

function targetOf({ repo, 'api-base': api }: ContributeFlags): { repository: string; base: URL; host: string } {
  if (repo === undefined) {
    throw new ExpectedError('--open-pr: which repository?', EXIT.usage, [
      'name the project: --repo OWNER/NAME, or GPUDIAG_MATRIX_REPO=OWNER/NAME',
    ]);
  }
  if (!isRepositoryName(repo)) throw new ExpectedError(`--repo ${repo}: is not of the form OWNER/NAME`, EXIT.usage);
  const base = apiBase(api);
  if ('problem' in base) throw new ExpectedError(`--api-base ${api}: ${base.problem}`, EXIT.usage);
  return { repository: repo, base, host: hostOf(base) };
}

type Told = Answers & { email?: string };

/** Reads one answer; what cannot be taken is said with the flag it came from. */
function read<T>(flag: string, reader: () => T): T {
  try {
    return reader();
  } catch (error) {
    if (error instanceof AnswerProblem) throw new ExpectedError(`${flag}: ${error.message}`, EXIT.usage);
    throw error;
  }
}

function answersFrom(flags: ContributeFlags, { tables }: Matrix): Told {
  const { patch, workaround, firmware, note, reporter } = flags;
  const text = (flag: string, said: string | undefined): string | undefined =>
    said === undefined ? undefined : read(flag, () => freeText(said));
  const told = {
    workaround: text('--workaround', workaround),
    firmware: text('--firmware', firmware),
    notes: text('--note', note),
  };
  const who = reporter === undefined ? undefined : read('--reporter', () => reporterOf(reporter));
  return {
    ...(patch !== undefined && read('--patch', () => patchOf(patch, tables))),
    ...(Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as Told),
    ...(who !== undefined && { reporter: who.name, ...(who.email !== undefined && { email: who.email }) }),
  };
}

async function readEvidence(input: string, { name }: ContributeFlags, { tables }: Matrix) {
  const progress = startProgress();
  try {
    progress.say('reading');
    const raw = await openInputs([input]);
    const source = readSource(raw, name);
    if (source.files.length === 0) {
      const problem = raw[0]?.problem;
      throw new ExpectedError(`${input}: ${problem ?? 'holds no text'}`, EXIT.input);
    }
    progress.say('looking for the lines that show the result');
    const analyse = (files: readonly EvidenceFile[]) => {
      const identified = files
        .map(({ path, text }) => identify({ path, bytes: Buffer.from(text), sha256: '' }))
        .filter((file) => file !== undefined);
      const options = { rules: RULES, tables, toolVersion: VERSION };
      return observationFromDiagnosis(diagnose(identified, options), tables);
    };
    const evidence = cutEvidence(source.files, source.manifest, analyse);
    if ('why' in evidence) {
      throw new ExpectedError(`${input}: ${evidence.why}, so there is nothing to contribute`, EXIT.input, [
        'collect after an attempt to start the VM: gpudiag collect, as root, with --guest for the guest',
      ]);
    }
    const date = source.manifest?.createdAt.slice(0, 10) ?? today();
    return { evidence, redactor: source.redactor, date };
  } finally {
    progress.end();
  }
}

/** SOURCE_DATE_EPOCH (reproducible-builds.org) stands for now, so that the same bundle gives the same bytes. */
function now(): Date {
  const epoch = Number(process.env.SOURCE_DATE_EPOCH);
  return process.env.SOURCE_DATE_EPOCH !== undefined && Number.isInteger(epoch) && epoch >= 0 && epoch < 4e9
    ? new Date(epoch * 1000)
    : new Date();
}

const today = (): string => now().toISOString().slice(0, 10);

async function askAll(
  { ask }: Asker,
  { claim }: Evidence,
  given: Told,
  flags: ContributeFlags,
  { tables }: Matrix,
): Promise<Told> {
  const answered = new Set(Object.keys(given) as (keyof Answers)[]);
  if (flags.anonymous) answered.add('reporter');
  const told: Told = { ...given };
  for (const question of questionsFor(claim, answered, flags['open-pr'])) Object.assign(told, await askOne(question));
  return told;

  async function askOne({ text, empty, read: reader }: Question): Promise<Partial<Told>> {
    let problem = '';
    for (;;) {
      const said = await ask(`${problem}${text}\n[empty: ${empty}] > `);
      try {
        return reader(said, tables);
      } catch (error) {
        if (!(error instanceof AnswerProblem)) throw error;
        problem = `That ${error.message}.\n`;
      }
    }
  }
}

/** What the lines show, no answer can change. */
function agreeWithEvidence({ patch }: Answers, { claim }: Evidence): void {
  if (patch === undefined || claim.bhyve.patch === 'unknown' || patch === claim.bhyve.patch) return;
  throw new ExpectedError(
    `the patch is said to be ${patch}, but the lines of this bundle show ${claim.bhyve.patch}`,
    EXIT.usage,
    ['leave --patch out, or collect again while the patched bhyve runs'],
  );
}

function refuseLeaks(leaks: number): void {
  if (leaks === 0) return;
  throw new ExpectedError('nothing was written or sent: a private value of the bundle still stands in it', EXIT.bug, [
    'this is a bug in gpudiag: please report it with a line of the same form, but without the value',
  ]);
}

/** What a new card or driver brings along; the reviewer adds the row. */
const FOR_REVIEWER = new Set(['gpu.pciId', 'guest.branch']);

/** Lints the entry among all others. @returns remarks for the reviewer */
function lint({ observation }: Contribution, { observations, tables }: Matrix, day: string): string[] {
  const file = observationPath(observation);
  const entries = [
    ...observations.map((other) => ({ file: observationPath(other), observation: other })),
    { file, observation },
  ];
  const { problems, notes } = reviewEntries(entries, day, (path) => path === file);
  const found = [...lintEntries(entries, tables).filter((problem) => problem.file === file), ...problems];
  const faults = [
    ...found.filter(({ field }) => !FOR_REVIEWER.has(field)),
    ...entryLeaks({ ...observation, reporter: null }),
  ];
  const [first] = faults;
  if (first !== undefined) {
    throw new ExpectedError(`the entry would be refused: ${first.field}: ${first.message}`, EXIT.input, [
      ...(first.fix === undefined ? [] : [first.fix]),
    ]);
  }
  return [...found.filter(({ field }) => FOR_REVIEWER.has(field)), ...notes].map(({ message }) => message);
}

/** Writes the files where nobody looks and has them checked as `matrix lint` will check them. */
async function stage({ observation, files }: Contribution, { tables }: Matrix): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gpudiag-'));
  try {
    for (const { path, text } of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text, { flag: 'wx' });
    }
    const { problems } = await checkEvidence(join(folder, 'matrix-data'), observation, tables);
    // Evidence that was too large to be added whole shows less, and the grade says so.
    const [first] = observation.grade === 'evidenced' ? problems : [];
    if (first !== undefined) {
      throw new ExpectedError(`the evidence would be refused: ${first.file}: ${first.message}`, EXIT.bug, [
        'this is a bug in gpudiag: please report it, with the bundle if you can share it',
      ]);
    }
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function patchFile(contribution: Contribution, reporter: string | undefined, email: string | undefined) {
  const { id } = contribution.observation;
  const subject = subjectOf(contribution);
  const author = { name: reporter ?? 'anonymous', email: email ?? 'unknown@gpudiag.invalid' };
  return {
    name: `0001-matrix-${id}.patch`,
    subject,
    text: formatPatch({
      author,
      date: now(),
      subject,
      message: messageOf(contribution),
      files: contribution.files,
      version: VERSION,
    }),
  };
}

/** Puts the staged files, the patch and the instructions into a folder of the user's: whole or not at all. */
async function writeFolder(
  staged: string,
  { observation }: Contribution,
  patch: ReturnType<typeof patchFile>,
  { output = `gpudiag-contribution-${observation.id}`, force }: ContributeFlags,
): Promise<string> {
  const there = await lstat(output).then(
    () => true,
    () => false,
  );
  if (there && !force) {
    throw new ExpectedError(`${output}: is already there`, EXIT.usage, [
      '--force replaces it, --output gives another name',
    ]);
  }
  const temporary = join(dirname(resolve(output)), `.gpudiag-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeFile(join(staged, patch.name), patch.text);
    await writeFile(join(staged, 'HOW-TO-SEND.txt'), howToSend(patch.name, patch.subject));
    await cp(staged, temporary, { recursive: true });
    if (there) await removeOwn(output);
    const { rename } = await import('node:fs/promises');
    await rename(temporary, output);
    return output;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (error instanceof ExpectedError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new ExpectedError(`${output}: cannot be written (${code})`, EXIT.usage);
  }
}

/** Only a folder that an earlier run has made is replaced. */
async function removeOwn(output: string): Promise<void> {
  const own = await lstat(join(output, 'HOW-TO-SEND.txt')).then(
    (info) => info.isFile(),
    () => false,
  );
  if (!own) throw new ExpectedError(`${output}: is not from gpudiag matrix contribute; it stays`, EXIT.usage);
  await rm(output, { recursive: true });
}

async function agree(asker: Asker | undefined, { yes }: ContributeFlags): Promise<void> {
  if (yes) return;
  if (asker === undefined) {
    throw new ExpectedError('nothing was sent: look at what would be published, then run it with --yes', EXIT.usage);
  }
  const said = await asker.ask('\nPublish this as a pull request under your GitHub account? [y/N] > ');
  if (!/^y(?:es)?$/i.test(said.trim())) throw new ExpectedError('not published; nothing was sent', EXIT.usage);
}

function already({ observation }: Contribution, json: boolean): string {
  const { id, outcome, grade } = observation;
  const result: Result = { id, outcome, grade, folder: null, pullRequest: null };
  return json ? jsonText(result) : `This entry is in the matrix already: gpudiag matrix show ${id}`;
}

function conclude(
  { observation: { id, outcome, grade } }: Contribution,
  json: boolean,
  made: Pick<Result, 'folder'> & { pullRequest: { url: string; outcome: string } | null },
  lines: readonly string[],
): string {
  const pullRequest = made.pullRequest && { url: made.pullRequest.url, outcome: made.pullRequest.outcome };
  const result: Result = { id, outcome, grade, folder: made.folder, pullRequest };
  return json ? jsonText(result) : lines.join('\n');
}
