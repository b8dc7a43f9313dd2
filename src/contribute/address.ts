/** Where GitHub's REST API is, checked: a token is sent there. @returns why not, when it must not be */
export function apiBase(text: string): URL | { problem: string } {
  if (!URL.canParse(text)) return { problem: 'is no address, such as https://github.example.com/api/v3' };
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return { problem: 'must not hold a user name or password' };
  if (url.search !== '' || url.hash !== '') return { problem: 'must end with its path' };
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return url;
  return { problem: 'must begin with https://, because the token is sent there' };
}

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host);

/** The name under which `gh` knows the server of an API. */
export const hostOf = ({ hostname }: URL): string => (hostname === 'api.github.com' ? 'github.com' : hostname);

export const isRepositoryName = (text: string): boolean =>
  /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[\w.-]{1,100}$/.test(text) && !/\/\.{1,2}$/.test(text);
