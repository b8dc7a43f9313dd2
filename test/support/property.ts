import fc from 'fast-check';

/**
 * Property tests try the same inputs in every run, so that a change is never refused for what another change broke long
 * ago. `TEST_SEED=4711 npx vitest run` tries others; a property that then fails names its counterexample, which becomes a test.
 */
fc.configureGlobal({ seed: Number(process.env.TEST_SEED ?? 1) });

export default fc;
