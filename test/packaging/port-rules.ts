/**
 * Rules for the files of a FreeBSD port, after portlint(1) and the Porter's Handbook, as far as they can be judged without a
 * ports tree. Each takes the text of a file and returns what is wrong with it.
 */

/** Order of the variables of a Makefile, section by section; a section may leave variables out. */
const SECTIONS: readonly (readonly string[])[] = [
  [
    'PORTNAME',
    'PORTVERSION',
    'DISTVERSION',
    'PORTREVISION',
    'PORTEPOCH',
    'CATEGORIES',
    'MASTER_SITES',
    'PKGNAMEPREFIX',
    'PKGNAMESUFFIX',
    'DISTNAME',
    'EXTRACT_SUFX',
    'DISTFILES',
    'DIST_SUBDIR',
    'EXTRACT_ONLY',
  ],
  ['MAINTAINER', 'COMMENT', 'WWW'],
  ['LICENSE', 'LICENSE_COMB', 'LICENSE_NAME', 'LICENSE_FILE'],
  ['FETCH_DEPENDS', 'EXTRACT_DEPENDS', 'BUILD_DEPENDS', 'LIB_DEPENDS', 'RUN_DEPENDS', 'TEST_DEPENDS'],
  ['USES'],
];

const REQUIRED = ['PORTNAME', 'CATEGORIES', 'MAINTAINER', 'COMMENT', 'WWW', 'LICENSE', 'USES'];

const ASSIGNMENT = /^(?<name>[A-Z][\w.-]*)(?<operator>[?+:!]?=)(?<gap>\s*)(?<value>.*)$/;

/** Variables of a Makefile by name, lines that continue put together. */
export const variablesOf = (makefile: string): Map<string, string> =>
  new Map(
    makefile
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .flatMap((line) => {
        const { name, value } = ASSIGNMENT.exec(line)?.groups ?? {};
        return name === undefined ? [] : [[name, value!] as const];
      }),
  );

/** `LICENSE_FILE_MIT` counts as `LICENSE_FILE`. */
const placeOf = (name: string): { section: number; at: number } | undefined => {
  for (const [section, names] of SECTIONS.entries()) {
    const at = names.findLastIndex(
      (known) => name === known || (known.startsWith('LICENSE_') && name.startsWith(`${known}_`)),
    );
    if (at !== -1) return { section, at };
  }
  return undefined;
};

function orderProblems(makefile: string): string[] {
  const problems: string[] = [];
  let last = { section: 0, at: -1, name: '' };
  let others = '';
  const paragraphs = makefile.replaceAll(/\\\n\s*/g, ' ').split(/\n\n+/);
  for (const paragraph of paragraphs) {
    const names = paragraph.split('\n').flatMap((line) => ASSIGNMENT.exec(line)?.groups?.['name'] ?? []);
    const sections = new Set(names.map((name) => placeOf(name)?.section));
    if (sections.size > 1)
      problems.push(`${names.join(', ')} belong to different sections: put a blank line between them`);
    for (const name of names) {
      const place = placeOf(name);
      if (place === undefined) {
        others ||= name;
        continue;
      }
      if (others !== '') problems.push(`${name} belongs before ${others}`);
      if (place.section < last.section || (place.section === last.section && place.at < last.at)) {
        problems.push(`${name} belongs before ${last.name}`);
      }
      last = { ...place, name };
    }
  }
  return problems;
}

const LAYOUT: readonly { has: RegExp; problem: string }[] = [
  { has: /[ \t]+$/m, problem: 'blanks at the end of a line' },
  { has: /\n{3}/, problem: 'two blank lines' },
  { has: /^ /m, problem: 'a line begins with a blank, not a tab' },
  { has: / \t/, problem: 'a blank before a tab' },
  { has: /^[A-Z][\w.-]*[?+:!]?= /m, problem: 'a blank behind =, not a tab' },
  { has: /^[A-Z][\w.-]*\s+[?+:!]?=/m, problem: 'a blank before =' },
  { has: /\$\(\w/, problem: 'write ${VARIABLE}, not $(VARIABLE)' },
  { has: /\/usr\/(?:local|ports)\b/, problem: 'a path that has a variable: ${LOCALBASE}, ${PREFIX}, ${PORTSDIR}' },
  { has: /[^\n\x20-\x7e\t]/, problem: 'not ASCII' },
  {
    has: /\t@?(?:cp|mkdir|chmod|ln|find|sed|sort|tar|env|install) /,
    problem: 'a command that has a variable, such as ${MKDIR}',
  },
];

const layoutProblems = (text: string): string[] =>
  LAYOUT.filter(({ has }) => has.test(text)).map(({ problem }) => problem);

export function makefileProblems(makefile: string): string[] {
  const variables = variablesOf(makefile);
  const problems = [...layoutProblems(makefile), ...orderProblems(makefile)];
  if (!makefile.startsWith('PORTNAME=')) problems.push('does not begin with PORTNAME');
  if (!makefile.endsWith('\n\n.include <bsd.port.mk>\n')) problems.push('does not end with .include <bsd.port.mk>');
  for (const name of REQUIRED) if (!variables.get(name)) problems.push(`${name} has to be there`);
  if (variables.has('PORTVERSION') === variables.has('DISTVERSION')) {
    problems.push('either PORTVERSION or DISTVERSION has to be there, and not both');
  }
  for (const name of ['PORTREVISION', 'PORTEPOCH']) if (variables.has(name)) problems.push(`${name} in a new port`);
  if (!/^[^@\s,<>()]+@[\w.-]+$/.test(variables.get('MAINTAINER') ?? '')) problems.push('MAINTAINER: not one address');
  problems.push(...commentProblems(variables.get('COMMENT') ?? '', variables.get('PORTNAME') ?? ''));
  if (/\s/.test(variables.get('LICENSE') ?? '') && !/^(?:dual|multi)$/.test(variables.get('LICENSE_COMB') ?? '')) {
    problems.push('several licences, and LICENSE_COMB does not say how');
  }
  if (variables.has('DISTFILES') && variables.has('EXTRACT_SUFX')) problems.push('DISTFILES makes EXTRACT_SUFX idle');
  return problems;
}

/** One line that says what it is: at most 70 characters, no name, article or full stop. */
export function commentProblems(comment: string, portname: string): string[] {
  const problems: string[] = [];
  if (comment.length > 70) problems.push('COMMENT: more than 70 characters');
  if (!/^[A-Z0-9"[]/.test(comment)) problems.push('COMMENT: begins with a small letter');
  if (/\.$/.test(comment)) problems.push('COMMENT: ends with a full stop');
  if (/^(?:An?|The)\s/i.test(comment)) problems.push('COMMENT: begins with an article');
  if (portname !== '' && comment.toLowerCase().includes(portname)) problems.push('COMMENT: holds the name of the port');
  return problems;
}

export function descriptionProblems(description: string, comment: string): string[] {
  const problems: string[] = [];
  const lines = description.split('\n');
  if (lines.some((line) => line.length > 80)) problems.push('a line of more than 80 characters');
  if (lines.length - 1 > 24) problems.push('more than 24 lines');
  if (lines.length - 1 < 3) problems.push('fewer than 3 lines');
  if (!/[^\n]\n$/.test(description)) problems.push('does not end with one newline');
  if (/[ \t]$/m.test(description)) problems.push('blanks at the end of a line');
  if (/[^\n\x20-\x7e]/.test(description)) problems.push('not plain ASCII');
  if (/https?:\/\/|^WWW:/m.test(description)) problems.push('an address: it belongs into WWW of the Makefile');
  if (description.trim() === comment) problems.push('says no more than COMMENT');
  return problems;
}
