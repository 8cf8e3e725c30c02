import type { Rule } from './finding.ts';

/** Variables that trainings read. Only their names are used here, never their values. */
const relevant = /^(HF_|HUGGING_FACE_|WANDB_|TRANSFORMERS_|GLOO_|DS_|MLFLOW|NCCL_|UCX_)/;

export const environmentNotPassed: Rule = {
  id: 'environment-not-passed',
  title: 'Variables that are set on this machine do not reach the other nodes',
  severity: 'warning',
  reads: 'names of environment variables, the launcher and the nodes',
  why:
    'deepspeed sends only variables that begin with MLFLOW, PYTHON, MV2, UCX or NCCL; HF_TOKEN, WANDB_PROJECT and LD_LIBRARY_PATH are not sent. rampcheck sends only what --env names, ' +
    'so that a run does not depend on the shell in which it was typed.',
  fix: 'pass them with --env NAME=VALUE, or set them on the nodes',
  thread: 'https://github.com/deepspeedai/DeepSpeed/issues/91',
  check({ environment, env, reach }) {
    if (reach !== 'remote') return [];
    // What the launcher itself passes on is in `env`.
    const names = Object.keys(environment)
      .filter((name) => relevant.test(name) && !(name in env) && environment[name])
      .sort();
    if (names.length === 0) return [];
    return [
      {
        message: `set on this machine but not passed to the nodes: ${names.join(', ')}`,
        evidence: [
          {
            text: 'the environment of this shell',
            means: 'is not sent to the nodes',
          },
        ],
        fix: [
          `pass the ones that the run needs: ${names
            .slice(0, 3)
            .map((name) => `--env ${name}="$${name}"`)
            .join(' ')}`,
        ],
      },
    ];
  },
};
