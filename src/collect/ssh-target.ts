/** A guest as `--guest` names it. */
export interface SshTarget {
  host: string;
  user?: string;
  port?: number;
  /** as written, for people */
  url: string;
}

/**
 * Reads `ssh://user@host[:port]`. Nothing in it may be taken for an option of ssh or for more than a name.
 * @returns the problem in words that go on after the URL
 */
export function parseSshTarget(url: string): SshTarget | { problem: string } {
  const match = /^ssh:\/\/(?:([^@/]*)@)?(\[[^\]/]*\]|[^:/@[\]]*)(?::([^/]*))?(\/.*)?$/s.exec(url);
  if (match === null) return { problem: 'is not ssh://user@host[:port]' };
  const [, login, place = '', portText, path] = match;
  const host = place.replace(/^\[(.*)\]$/s, '$1');
  if (path !== undefined && path !== '/') return { problem: 'has a path, which nothing here uses' };
  if (login?.includes(':') === true)
    return { problem: 'has a password in it, which is never used: set up a key (ssh-copy-id)' };
  const user = login === undefined ? undefined : decoded(login);
  if (user !== undefined && !/^[A-Za-z0-9_][\w.+@-]{0,254}\$?$/.test(user))
    return { problem: 'has no valid user name' };
  if (!(place.startsWith('[') ? /^[0-9A-Fa-f:.]+(?:%[\w.-]+)?$/ : /^[A-Za-z0-9_][\w.-]{0,254}$/).test(host))
    return { problem: 'has no valid host name' };
  const port = portText === undefined || portText === '' ? undefined : Number(portText);
  if (port !== undefined && !(/^\d{1,5}$/.test(portText!) && port >= 1 && port <= 65_535))
    return { problem: 'has no valid port' };
  return { host, url, ...(user !== undefined && { user }), ...(port !== undefined && { port }) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** `user@host` for ssh and its kin. */
export const destinationOf = ({ host, user }: SshTarget): string => (user === undefined ? host : `${user}@${host}`);
