import manifest from '../package.json' with { type: 'json' };

/** The version of rampcheck, from package.json. */
export const { version } = manifest;
