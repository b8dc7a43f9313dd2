/** `gpudiag-20260801T120000Z.tar.gz`; a bundle that was not redacted says so in its name. */
export function bundlePath({ output, redact }: { output?: string | undefined; redact: boolean }, now: Date): string {
  const path = output ?? `gpudiag-${now.toISOString().replace(/[-:]|\.\d+/g, '')}.tar.gz`;
  if (redact || /unredacted[^/]*$/.test(path)) return path;
  return path.replace(/((?:\.tar\.gz|\.tgz)?)$/, '-unredacted$1');
}
