import { dirname, join } from 'node:path';
import { type Manifest, manifestText } from '../bundle/manifest.ts';
import { OutputError, packBundle, type Place, reserve } from '../bundle/write.ts';
import { withoutDebug } from '../collect/around.ts';
import { collect, type Collected, type CollectOptions, sideOf } from '../collect/collect.ts';
import { type Machine, thisMachine } from '../collect/machine.ts';
import type { Probe, Profile, Source } from '../collect/probe.ts';
import { selectProbes } from '../collect/probes.ts';
import { lookAround, PREPARATIONS } from '../collect/surroundings.ts';
import { quoteArgv, splitCommand } from '../collect/words.ts';
import { formatSize } from '../model/size.ts';
import { type Block, bullets, code, type Column, labelled, paragraph } from '../report/document.ts';
import { createDrawing } from '../report/text.ts';
import { plural } from '../report/words.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { print } from './print.ts';
import { startProgress } from './progress.ts';
import { terminal } from './terminal.ts';
import { VERSION } from './version.ts';

export interface CollectFlags {
  vm: readonly string[];
  profile: Profile;
  side?: Probe['side'] | undefined;
  around?: string | undefined;
  'around-limit': number;
  'around-wait': number;
  output?: string | undefined;
  force: boolean;
  'no-redact': boolean;
  'include-risky': boolean;
  json: boolean;
  'no-color': boolean;
}
