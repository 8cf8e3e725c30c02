import fc from 'fast-check';
import type { Cause } from '../../../src/run/run.ts';
import type { Fields, Happening, Sequence } from './sequence.ts';

/*
 * Random runs: every rank says what a callback may say, in its order, and the ranks, their nodes' agents and the launcher itself come in
 * between in any order.
 */

const NAMES = ['a', 'b', 'c', 'd'];

const rate = fc.constantFrom(0, 1e-5, 1.00001e-5, 2e-5, 3.3333333333e-6, 1 / 3, 1e-300, 'NaN');
const steps = fc.integer({ min: 1, max: 40 });
const step = fc.nat({ max: 40 });
const difference = fc.record({ step, group: fc.nat({ max: 2 }), expected: rate, actual: rate });
const parameter = fc.oneof(
  fc.integer({ min: -1, max: 3 }),
  fc.constantFrom(0.5, 1e-7, true, null, 'cosine', '×'),
  fc.array(fc.constantFrom(1, 0.25, 'x', false), { maxLength: 2 }),
);
const asked = fc.record({
  lib: fc.constantFrom('transformers', 'deepspeed'),
  scheduler: fc.constantFrom('cosine', 'linear'),
  // Mostly the same for every rank, so that runs come to their end.
  params: fc.oneof(
    { weight: 8, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record({ a: parameter }) },
  ),
  lr0: fc.oneof(
    { weight: 8, arbitrary: fc.constant(1e-5) },
    { weight: 1, arbitrary: fc.constantFrom(2e-5, 1.2345e-5) },
  ),
});
const same = { lib: 'transformers', scheduler: 'cosine', params: { num_warmup_steps: 2 }, lr0: 1e-5 };
const message = fc.constantFrom('the command says one thing', 'the run counts another');
const moment = fc.integer({ min: 1_000_000_000_000, max: 1_000_004_000_000 });

/** One time in thirteen something else than the usual; never where the weight is 0. */
function rarely<T, U>(trouble: number, other: fc.Arbitrary<T>, usual: U): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: trouble, arbitrary: other });
}

/** What a rank says of one optimizer: it is declared, shows steps, and is proven, found wrong or left open. */
function training(rank: number, node: number, optimizer: number, trouble: number): fc.Arbitrary<Happening[]> {
  const say = (type: string, fields: object): Happening => [node, rank, type, { optimizer, ...fields }];
  const declared = fc
    .record({
      asked: rarely(trouble, asked, same),
      start: rarely(trouble, fc.constant(3), 0),
    })
    .map((fields) => say('declared', fields));
  const projected = fc
    .record(
      { available: fc.boolean(), max_deviation: rate, difference: fc.option(difference) },
      { requiredKeys: ['available'] },
    )
    .map((fields) => say('projected', fields));
  const shown = fc.record({
    step,
    lrs: fc.array(rate, { maxLength: 3 }),
    expected: fc.option(fc.array(rate, { maxLength: 3 })),
  });
  const taken = fc.oneof(
    { weight: 5, arbitrary: shown.map((fields) => say('step', fields)) },
    { weight: 1, arbitrary: fc.record({ skipped: step }).map((fields) => say('skipped', fields)) },
  );
  const hold = fc.record({ steps }).map((fields) => say('hold', fields));
  const proven = fc
    .record({ steps, projection: fc.constantFrom('none', 'partial', 'complete') })
    .map((fields) => say('proven', fields));
  const violation = fc
    .record({
      parks: fc.boolean(),
      by: fc.constantFrom('projection', 'observation'),
      step,
      difference,
      max_deviation: rate,
    })
    .map((fields) => say('violation', fields));
  const contradiction = fc
    .record({ parks: fc.boolean(), id: fc.constantFrom('argument-not-used', 'groups-missing'), message })
    .map((fields) => say('contradiction', fields));
  const outcome = fc.oneof(
    { weight: 8, arbitrary: proven.map((event) => [event]) },
    { weight: trouble, arbitrary: violation.map((event) => [event]) },
    { weight: trouble, arbitrary: fc.tuple(proven, violation) },
    { weight: trouble, arbitrary: contradiction.map((event) => [event]) },
    // A Trainer that starts over, with a smaller batch.
    { weight: 1, arbitrary: fc.tuple(declared, proven) },
    { weight: trouble, arbitrary: fc.constant([]) },
  );
  return fc
    .tuple(declared, fc.option(projected), fc.option(hold), fc.array(taken, { maxLength: 3 }), outcome)
    .map(
      ([first, future, held, seen, last]) =>
        [first, future, held, ...seen, ...last].filter((event) => event !== null) as Happening[],
    );
}

/** What a rank says from its start to its end. */
function rankOf(
  rank: number,
  node: number,
  { world, optimizers, trouble }: { world: number; optimizers: number; trouble: number },
): fc.Arbitrary<Happening[]> {
  const say = (type: string, fields: Fields): Happening => [node, rank, type, fields];
  const hello = fc
    .record({
      time: fc.option(
        moment.map((ms) => ms * 1e6),
        { nil: undefined },
      ),
    })
    .map(({ time }) => say('hello', { world_size: world, ...(time === undefined ? {} : { time }) }));
  const trainings = fc.tuple(
    ...Array.from({ length: optimizers }, (_, optimizer) => training(rank, node, optimizer, trouble)),
  );
  const why = fc.constantFrom('an optimizer steps', 'another optimizer steps');
  const wrong = fc.oneof(
    fc.record({ parks: fc.boolean(), why }).map((fields) => say('undeclared', fields)),
    fc.record({ why }).map((fields) => say('unjudged', fields)),
    fc
      .record({ parks: fc.boolean(), traceback: fc.constantFrom('x', 'a\nb\n') })
      .map((fields) => say('fault', fields)),
    fc
      .record({ time: moment.map((ms) => ms * 1e6), error: message, traceback: message })
      .map((fields) => say('error', fields)),
    fc.record({ step: fc.constant('3') }).map((fields) => say('step', fields)),
  );
  const ends = fc
    .array(fc.record({ optimizer: fc.nat({ max: 2 }), step, total: fc.option(step) }), { maxLength: 3 })
    .map((all) => say('end', { trainings: all }));
  const gone = fc.constant<Happening>([node, 'rank_gone', { rank }]);
  return fc
    .tuple(
      fc.oneof({ weight: 12, arbitrary: hello }, { weight: trouble, arbitrary: fc.constant(null) }),
      trainings,
      rarely(trouble, wrong, null),
      fc.option(ends),
      fc.option(gone),
    )
    .map(
      ([first, middle, other, end, last]) =>
        [first, ...middle.flat(), other, end, last].filter((event) => event !== null) as Happening[],
    );
}

/** What a node's agent says of its launcher: until it runs, and at its end. */
function nodeOf(node: number, trouble: number): fc.Arbitrary<{ start: Happening[]; end: Happening[] }> {
  const say = (type: string, fields: Fields): Happening => [node, type, fields];
  const lines = fc.array(fc.constantFrom('loading', 'step 1', 'Killed'), { maxLength: 30 });
  const log = fc.record({ rank: fc.option(fc.nat({ max: 7 })), lines }).map((fields) => say('log', fields));
  const exited = rarely(
    1 + trouble,
    fc.constantFrom({ code: 1, signal: null }, { code: 137, signal: 'SIGKILL' }),
    { code: 0, signal: null },
  ).map((fields) => say('exited', fields));
  const gone = fc
    .record({ killed: step, survivors: fc.constantFrom([], [], [{ pid: 7, cmd: 'python' }]) })
    .map((fields) => say('gone', fields));
  const failed = fc.constantFrom(say('not_started', {}), say('fault', {}));
  return fc
    .tuple(
      rarely(trouble, failed, say('started', {})),
      fc.array(log, { maxLength: 2 }),
      fc.option(exited),
      fc.option(gone),
    )
    .map(([first, said, end, last]) => ({
      start: [first, ...said],
      end: [end, last].filter((event) => event !== null),
    }));
}

const causes: fc.Arbitrary<Cause> = fc.constantFrom<Cause>(
  { kind: 'interrupted', signal: 'SIGINT' },
  { kind: 'interrupted', signal: 'SIGTERM' },
  { kind: 'interrupted', signal: 'stop' },
  { kind: 'silent', reason: 'no rank reported' },
  { kind: 'node-lost', node: 0, reason: 'nothing was heard from its agent' },
);

/** Runs of 1 to 8 ranks on 1 to 4 nodes with 1 to 3 optimizers. */
export const sequences: fc.Arbitrary<Sequence> = fc
  .record({
    world: fc.integer({ min: 1, max: 8 }),
    nodes: fc.integer({ min: 1, max: 4 }),
    optimizers: fc.integer({ min: 1, max: 3 }),
    expect: fc.integer({ min: 0, max: 3 }),
    // In half of them every rank does its part.
    trouble: fc.constantFrom(0, 1),
    on_mismatch: fc.constantFrom<Sequence['settings']['on_mismatch'][]>('abort', 'abort', 'warn'),
  })
  .chain(({ world, nodes, optimizers, expect, trouble, on_mismatch }) => {
    const ranks = Array.from({ length: world }, (_, rank) =>
      rankOf(rank, rank % nodes, { world, optimizers, trouble }),
    );
    const agents = Array.from({ length: nodes }, (_, node) => nodeOf(node, trouble));
    const decided = fc.oneof(
      { weight: 10, arbitrary: fc.constant<Happening[]>([]) },
      { weight: 1, arbitrary: causes.map((cause): Happening[] => [['end', cause]]) },
    );
    return fc
      .tuple(fc.tuple(...ranks), fc.tuple(...agents), decided, fc.boolean(), fc.infiniteStream(fc.nat()))
      .map(([said, launchers, cause, orderly, picks]) => {
        const before = [...said, ...launchers.map(({ start }) => start), cause];
        const after = launchers.map(({ end }) => end);
        // Launchers end when their ranks have, or at any time.
        const events = orderly
          ? [...interleave(before, picks), ...interleave(after, picks)]
          : interleave([...before, ...after], picks);
        return { name: 'random', nodes: NAMES.slice(0, nodes), settings: { on_mismatch, expect }, events };
      });
  });

/** One after the other from any of the queues, each of them in its own order. */
function interleave(queues: readonly Happening[][], picks: Iterator<number>): Happening[] {
  const waiting = queues.map((queue) => [...queue]).filter(({ length }) => length > 0);
  const events: Happening[] = [];
  while (waiting.length > 0) {
    const place = picks.next().value % waiting.length;
    const queue = waiting[place] as Happening[];
    events.push(queue.shift() as Happening);
    if (queue.length === 0) waiting.splice(place, 1);
  }
  return events;
}
