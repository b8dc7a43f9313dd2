/** Set by the build; sources run by tests have none. */
declare const GPUDIAG_VERSION: string | undefined;

export const VERSION: string = typeof GPUDIAG_VERSION === 'string' ? GPUDIAG_VERSION : 'development';
