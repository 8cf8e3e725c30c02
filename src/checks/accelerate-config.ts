import { lineAt } from '../files/structured-file.ts';
import type { Job } from '../job/job.ts';
import { asRecord } from '../job/scheduler-block.ts';
import { settingsOfArgv } from '../job/setting.ts';
import type { Evidence } from './finding.ts';

/** A value from accelerate's options or, if no option sets it, from its config. */
export interface AccelerateValue {
  value: unknown;
  evidence(means: string): Evidence;
}

export function accelerateValue({ command }: Job, name: string): AccelerateValue | undefined {
  if (command.launcher !== 'accelerate') return undefined;
  const option = settingsOfArgv(command.launcherArgv).findLast((setting) => setting.name === name);
  if (option) return { value: option.value, evidence: (means) => ({ text: option.text, means }) };
  const { config } = command;
  const path = [[name], ['deepspeed_config', name]].find((keys) => config?.locate(keys));
  if (!config || !path) return undefined;
  const value = path.reduce<unknown>((at, key) => asRecord(at)[key], config.value);
  return value === null || value === undefined
    ? undefined
    : { value, evidence: (means) => configEvidence(config, path, means) };
}

export function configEvidence(
  config: NonNullable<Job['command']['config']>,
  path: readonly string[],
  means: string,
): Evidence {
  const location = config.locate(path);
  const text = `${path.at(-1)}: ${config.source(path)?.split('\n')[0]?.trim() ?? ''}`;
  return location ? { location, text, means, line: lineAt(config, location) } : { text, means };
}
