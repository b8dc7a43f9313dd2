import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    disableConsoleIntercept: true,
    // Generous: many tests start processes, and a busy machine is no fault. What hangs, fails all the same.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'threads',
    // Many tests wait for processes: on few cores vitest's own choice leaves them idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
  },
});
