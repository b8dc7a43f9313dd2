import type { KenvFacts } from '../../../parsers/host/kenv.ts';
import type { KldstatFacts } from '../../../parsers/host/kldstat.ts';
import type { LoaderConfFacts } from '../../../parsers/host/loader-conf.ts';
import type { RcConfFacts } from '../../../parsers/host/rc-conf.ts';
import type { SysctlFacts } from '../../../parsers/host/sysctl.ts';
import type { PptdevsVariable } from '../../../parsers/lib/pptdevs.ts';
import type { Host, PptEntry, UnreadPptEntry } from '../../model/host.ts';
import { at, type Ref, sourced, type Sourced } from '../../model/source.ts';
import type { Located } from '../locate.ts';
import type { Reading } from '../read.ts';

type HostConfig = Pick<
  Host,
  | 'pptdevs'
  | 'pptdevsConfigured'
  | 'pptdevsUnread'
  | 'pptdevsCommented'
  | 'kenvRead'
  | 'loaderConfRead'
  | 'vmmLoad'
  | 'modulesConfigured'
  | 'modulesLoaded'
  | 'vmmLoaded'
  | 'jailed'
  | 'securelevel'
> & {
  iommu: Pick<Host['iommu'], 'enable' | 'initialized' | 'amdviEnable' | 'dmarEnable'>;
};

/** What loader.conf, kenv, rc.conf, kldstat and sysctl say. The running kernel (kenv, sysctl) is believed first. */
export function hostConfig(reading: Reading): HostConfig {
  const loaders = reading.of<LoaderConfFacts>('loader-conf');
  const kenvs = reading.of<KenvFacts>('kenv');
  const sysctls = reading.of<SysctlFacts>('sysctl').filter(({ artifact }) => artifact.side !== 'guest');
  const config: HostConfig = {
    pptdevs: [],
    pptdevsConfigured: [],
    pptdevsUnread: [],
    pptdevsCommented: [],
    modulesConfigured: [],
    iommu: {},
  };

  const running = entriesOf(kenvs.flatMap(({ facts }) => facts.pptdevs)).map((entry): PptEntry => ({
    ...entry,
    running: true,
  }));
  config.pptdevsConfigured = entriesOf(loaders.flatMap(({ facts }) => facts.pptdevs));
  config.pptdevs = running.length > 0 ? running : config.pptdevsConfigured;
  config.pptdevsUnread = loaders.flatMap(({ facts }) =>
    facts.unreadPptdevs.flatMap((variable) =>
      entriesOf([variable]).map(({ bdf, ...entry }): UnreadPptEntry => {
        const intended = bdf === undefined ? entry.intended : [bdf];
        return { ...entry, reason: variable.reason, ...(intended !== undefined && { intended }) };
      }),
    ),
  );
  config.pptdevsCommented = loaders.flatMap(({ facts }) => facts.commentedPptdevs.map((v) => sourced(v.value, v)));
  // A whole environment holds dozens of variables; an excerpt proves nothing by what it lacks.
  const whole = kenvs.find(({ facts }) => facts.variables.length >= 10);
  if (whole !== undefined) config.kenvRead = { artifact: whole.artifact.path, line: whole.artifact.firstLine };
  const read = loaders[0] ?? kenvs[0];
  if (read !== undefined) config.loaderConfRead = { artifact: read.artifact.path, line: read.artifact.firstLine };

  for (const { facts } of loaders) {
    for (const module of facts.modules) {
      if (!module.load) continue;
      config.modulesConfigured.push(sourced(module.name, module));
      if (module.name === 'vmm') config.vmmLoad = sourced(true, module);
    }
  }
  const loaded = kenvs
    .flatMap(({ facts }) => facts.variables)
    .find(({ name, value }) => name === 'vmm_load' && /^yes$/i.test(value));
  if (loaded !== undefined) config.vmmLoad ??= sourced(true, loaded);
  for (const { facts, artifact } of reading.of<RcConfFacts>('rc-conf')) {
    const setting = facts.settings.find(({ name }) => name === 'kld_list');
    const ref: Ref = setting ?? { artifact: artifact.path, line: artifact.firstLine };
    config.modulesConfigured.push(...facts.kldList.map((name) => sourced(name, ref)));
  }
  const klds = reading.of<KldstatFacts>('kldstat');
  if (klds.length > 0) {
    config.modulesLoaded = klds.flatMap(({ facts }) => facts.files.map((file) => sourced(file.name, file)));
    const vmm = config.modulesLoaded.find(({ value }) => value === 'vmm.ko');
    const listing = { artifact: klds[0]!.artifact.path, line: klds[0]!.artifact.firstLine };
    // vmm may be compiled into a kernel, so a module list without it proves nothing; sysctl does.
    if (vmm !== undefined) config.vmmLoaded = sourced(true, vmm);
    else if (klds.some(({ facts }) => facts.files.some(({ name }) => name === 'kernel')))
      config.vmmLoaded = sourced(false, listing);
  }
  for (const { facts } of sysctls) {
    if (facts.vmmLoaded !== undefined) {
      const ref = facts.values.find(({ name }) => name.startsWith('hw.vmm')) ?? facts.unknown[0];
      if (ref !== undefined) config.vmmLoaded = sourced(facts.vmmLoaded, ref);
    }
  }

  const setting = (name: string): Sourced<number> | undefined => {
    for (const { facts } of sysctls) {
      const found = facts.values.find((value) => value.name === name);
      if (typeof found?.value === 'number') return sourced(found.value, found);
    }
    for (const list of [
      ...kenvs.map(({ facts }) => facts.variables),
      ...loaders.map(({ facts }) => facts.settings.filter(({ active }) => active)),
    ]) {
      const found = list.find((entry) => entry.name === name);
      if (found !== undefined && /^\d+$/.test(found.value)) return sourced(Number(found.value), found);
    }
    return undefined;
  };
  assign(config.iommu, 'enable', setting('hw.vmm.iommu.enable'));
  assign(config.iommu, 'initialized', setting('hw.vmm.iommu.initialized'));
  assign(config.iommu, 'amdviEnable', setting('hw.vmm.amdvi.enable') ?? setting('hw.vmm.amdvi_enable'));
  assign(config.iommu, 'dmarEnable', setting('hw.dmar.enable'));
  assign(config, 'securelevel', setting('kern.securelevel'));
  const jailed = setting('security.jail.jailed');
  if (jailed !== undefined) config.jailed = sourced(jailed.value === 1, jailed);
  return config;
}

function assign<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value;
}

function entriesOf(variables: readonly Located<PptdevsVariable>[]): PptEntry[] {
  return variables.flatMap((variable) =>
    variable.tokens.map((token): PptEntry => {
      // Beyond the limit the kernel forgets the variable, so nothing in it is reserved.
      const dropped = variable.limit === 'dropped';
      const problem = dropped
        ? `the value has ${variable.length} bytes, so the kernel drops the whole variable`
        : token.problem;
      return {
        ...at(token),
        raw: token.raw,
        variable: variable.name,
        ...(token.bdf !== undefined && token.valid && !dropped && { bdf: token.bdf }),
        ...(problem !== undefined && { problem }),
        ...(token.intended !== undefined && { intended: token.intended }),
        ...(variable.limit === 'over-documented' && { overlong: true }),
      };
    }),
  );
}
