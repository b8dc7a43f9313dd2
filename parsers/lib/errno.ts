/** FreeBSD errno names (sys/errno.h) of the numbers that virtual machine set-up prints. */
const NAMES: Record<number, string> = {
  1: 'EPERM',
  2: 'ENOENT',
  4: 'EINTR',
  5: 'EIO',
  6: 'ENXIO',
  8: 'ENOEXEC',
  9: 'EBADF',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  16: 'EBUSY',
  17: 'EEXIST',
  19: 'ENODEV',
  22: 'EINVAL',
  25: 'ENOTTY',
  28: 'ENOSPC',
  45: 'EOPNOTSUPP',
  60: 'ETIMEDOUT',
  78: 'ENOSYS',
};

/** strerror(3) texts as FreeBSD and illumos print them. */
const TEXTS: Record<string, string> = {
  'operation not permitted': 'EPERM',
  'no such file or directory': 'ENOENT',
  'input/output error': 'EIO',
  'device not configured': 'ENXIO',
  'no such device or address': 'ENXIO',
  'exec format error': 'ENOEXEC',
  'cannot allocate memory': 'ENOMEM',
  'not enough space': 'ENOMEM',
  'permission denied': 'EACCES',
  'bad address': 'EFAULT',
  'device busy': 'EBUSY',
  'resource busy': 'EBUSY',
  'file exists': 'EEXIST',
  'operation not supported by device': 'ENODEV',
  'invalid argument': 'EINVAL',
  'inappropriate ioctl for device': 'ENOTTY',
  'no space left on device': 'ENOSPC',
  'operation not supported': 'EOPNOTSUPP',
};

export const errnoName = (number: number): string | undefined => NAMES[number];

export function errnoOfText(text: string): string | undefined {
  const key = text.trim().toLowerCase().replace(/\.$/, '');
  return Object.hasOwn(TEXTS, key) ? TEXTS[key] : undefined;
}
