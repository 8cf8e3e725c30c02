import type { Rule } from './finding.ts';

export const strayPetVariables: Rule = {
  id: 'stray-pet-variables',
  title: 'PET_ variables in the environment change the torchrun command',
  severity: 'warning',
  reads: "names of environment variables that begin with PET_, and torchrun's own options",
  why: "Every torchrun option that is not given falls back to a PET_ variable. A job that runs inside another job (Kubeflow, a cluster's notebook) inherits them unnoticed.",
  fix: 'unset the variables, or give the options on the command line',
  check({ command, environment, env }) {
    if (command.launcher !== 'torchrun') return [];
    const given = command.launcherArgv.map((word) =>
      word.split('=')[0]?.replace(/^--/, '').replaceAll('-', '_').toUpperCase(),
    );
    const stray = Object.keys(environment)
      .filter(
        (name) =>
          name.startsWith('PET_') && environment[name] && !(name in env) && !given.includes(name.slice(4)),
      )
      .sort();
    if (stray.length === 0) return [];
    return [
      {
        message: `the environment sets ${stray.map((name) => `--${name.slice(4).toLowerCase()}`).join(', ')} for torchrun`,
        evidence: stray.map((name) => ({
          text: `${name}=${environment[name]}`,
          means: 'acts as an option',
        })),
      },
    ];
  },
};
