import type { CommandDefinition } from '../command/command.ts';
import { attach } from './attach.ts';
import { check } from './check.ts';
import { complete } from './complete.ts';
import { curve } from './curve.ts';
import { doctor } from './doctor.ts';
import { explain } from './explain.ts';
import { fix } from './fix.ts';
import { hosts } from './hosts.ts';
import { init } from './init.ts';
import { launch } from './launch.ts';
import { logs } from './logs.ts';
import { plan } from './plan.ts';
import { ps } from './ps.ts';
import { report } from './report.ts';
import { schema } from './schema.ts';
import { status } from './status.ts';
import { stop } from './stop.ts';
import { submit } from './submit.ts';
import { verify } from './verify.ts';

/** Every command, in the order of the help. To add one, write its file and add a line here. */
export const commands: readonly CommandDefinition[] = [
  check,
  explain,
  fix,
  plan,
  doctor,
  launch,
  submit,
  hosts,
  ps,
  status,
  logs,
  attach,
  stop,
  report,
  verify,
  curve,
  init,
  schema,
  complete(() => commands),
];
