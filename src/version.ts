import manifest from '../package.json' with { type: 'json' };

/** rampcheck's own version, as package.json says. */
export const { version } = manifest;
