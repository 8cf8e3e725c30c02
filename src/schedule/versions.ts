import { RampcheckError } from '../errors.ts';
import type { Versions } from './schedule.ts';

type Library = keyof Versions;

/** The newest version of each library with known behaviour; assumed if no version is given. */
export const newestKnown: Readonly<Record<Library, string>> = {
  transformers: '5.23.0',
  deepspeed: '0.19.8',
  accelerate: '1.15.0',
  torch: '2.13.0',
};

/** Behaviour that changed between versions, and the first version that has it. */
const changes = {
  // transformers
  'wsd-shapes': { library: 'transformers', since: '4.49.0' },
  // Absent in 4.53.3 and present in 4.57.6; the releases between them were not read.
  'cosine-warmup-with-min-lr': { library: 'transformers', since: '4.54.0' },
  'log-used-lr': { library: 'transformers', since: '4.51.0' },
  'updates-ceil': { library: 'transformers', since: '4.52.0' },
  'warmup-steps-float': { library: 'transformers', since: '5.0.0' },
  'inverse-sqrt-kwargs': { library: 'transformers', since: '5.4.0' },
  greedy: { library: 'transformers', since: '5.4.0' },
  'warmup-ratio-removed': { library: 'transformers', since: '5.15.0' },
  // DeepSpeed
  'first-step-min': { library: 'deepspeed', since: '0.15.3' },
  'warmuplr-inherits-lr': { library: 'deepspeed', since: '0.17.2' },
  'steps-validated': { library: 'deepspeed', since: '0.19.3' },
  'cosine-clamped': { library: 'deepspeed', since: '0.19.3' },
  'onecycle-stairs': { library: 'deepspeed', since: '0.19.4' },
} as const satisfies Record<string, { library: Library; since: string }>;

export type Change = keyof typeof changes;

/** Returns whether these versions already have a changed behaviour. */
export function has(versions: Versions, change: Change): boolean {
  const { library, since } = changes[change];
  return compareVersions(versions[library] ?? newestKnown[library], since) >= 0;
}

/** Reads `transformers=4.57.6,deepspeed=0.16.9`. */
export function parseVersions(text: string): Versions {
  const versions: Versions = {};
  for (const part of text.split(',')) {
    const [name = '', version = ''] = part.split('=').map((word) => word.trim());
    if (!(name in newestKnown)) {
      throw new RampcheckError(
        'bad-versions',
        `--versions: '${name}' is not one of the libraries with known versions`,
        {
          hint: `one of ${Object.keys(newestKnown).join(', ')}, as in transformers=4.57.6,deepspeed=0.16.9`,
        },
      );
    }
    if (!/^\d+(\.\d+)*/.test(version)) {
      throw new RampcheckError('bad-versions', `--versions: '${part}' has no version`, {
        hint: `write it as ${name}=${newestKnown[name as Library]}`,
      });
    }
    versions[name as Library] = version;
  }
  return versions;
}

/** Returns a negative number, zero or a positive one, by the numeric parts; suffixes (`+cpu`, `.dev0`, `rc1`) are ignored. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference) return difference;
  }
  return 0;
}
