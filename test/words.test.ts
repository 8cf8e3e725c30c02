import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './support/cli.ts';

/** Phrases that a stranger has to read twice, and what to write instead. Blanks in a phrase also match line breaks. */
const riddles: readonly [phrase: RegExp, better: string][] = [
  [/\bmay not be (read|written|run)\b/, 'cannot be read: permission denied'],
  [/\bcannot be meant\b/, 'is not valid'],
  [/\bwhat nobody understands\b/, 'is not a valid event'],
  [/\b(meets|met by) nobody\b/, 'cannot rejoin the process group'],
  [
    /\bnobody(?:'s| says| states| has to| wants| fills| uses| looks| knows| had| is asked)\b/,
    'name the subject',
  ],
  [/\bby nobody\b/, 'no (detached), no (finished)'],
  [/\bno more: it is over\b/, 'no (finished)'],
  [/\bthat nothing is left could not\b/, 'could not verify that every process is gone'],
  [/\bno words of its own\b/, 'rampcheck does not know which parameters …'],
  [/\bwords of (its|their|whoever)\b/, "the program's own message"],
  [/\b(its|the) last word(?!s)\b/, 'verdict, final event'],
  [/\bwear out\b/, 'at most three requeues'],
  [/\bwas not at its end\b/, 'did not finish'],
  [/\bhas no longer had\b/, 'was removed before'],
  [/\bwhoever\b/i, 'name the subject'],
  [/\bnothing\? One of\b/, 'unknown command'],
  [/\bdo not say their\b/, 'carry no step number'],
  [/\bkubectl says so\b/, "this is kubectl's own message"],
  [/\bnothing was left there\b/, 'nothing was created'],
  [/\bEach may be run first\b/, 'Start with either one'],
  [/\bTo have the command everywhere\b/, 'Install'],
  [/\bsays what is meant\b/, 'state it with --expect'],
  [/\b(played|play|plays) (on|by) (one|this) machine\b/, 'simulated on this machine'],
  [/\bthis machine plays?\b/, 'simulated on this machine'],
  [/\blet this machine play\b/, 'simulate on this machine'],
  [/\blooked and found nothing\b/, 'verified: no process is left'],
  [/\b(come|comes|came|coming) back to (a|the) run\b/, 'reattach'],
  [/\bcan be come back to\b/, 'you can reattach to it'],
  [/\bcan be known of it\b/, 'ends as unverified'],
  [/\bbounds are said\b/, 'print bounds instead of guessing'],
  [/\bwhen nobody looked\b/, 'for runs nobody watched'],
  [/\b(hold|holds|holding|held) (a|the|its|every) log\b/, 'compare a log with'],
  [/\bheld against\b/, 'compared with'],
  [/\bruns? of yours\b/, 'your runs'],
  [/\bonly the run knows: N follows\b/, 'decided at start-up, when the total is known'],
  [/\bthe rate that the step before a line\b/, 'the learning rate of the step that each line reports'],
  [
    /\b(found|find|finds|reached|proven) (it|this|that)? ?by (itself|themselves)\b/,
    'detected it independently',
  ],
  [/\bmeets? at\b/, 'rendezvous'],
  [/\bmeeting (place|point)\b/, 'rendezvous address'],
  [/\bmet in\b/i, 'seen in'],
  [/\bno findings; nothing was started\b/, 'no problems found'],
  [/\bnothing says what\b/, 'no schedule is declared'],
  [/\bsay it with --expect\b/, 'add --expect'],
  [/\bSaid to be writing\b/, 'say what the code does'],
  [/\bwithout a word\b/, 'silently'],
  [/\btakes the place of\b/, 'replaces'],
  [/\bleft alone\b/, 'detached, unchanged'],
  [/\bAdding one is a file and a line\b/, 'To add one, write its file and add a line here.'],
  [/; whether\b/, 'Returns whether …'],
];

/** A count of one with a plural, as a recorded output or a message would have it. */
const wrongPlural =
  /(?<![\d.,:…+-])\b1 (?:optimizer )?(?:ranks|nodes|steps|epochs|updates|processes|hosts|slots|warnings|learning rates)\b(?!=)/;

/** Comment signs and line breaks are no part of a phrase. */
function plain(text: string): string {
  return text.replace(/\n[ \t]*(?:\*(?!\/)|\/\/|#)?[ \t]*/g, ' ').replace(/ {2,}/g, ' ');
}

function riddlesIn(text: string): string[] {
  const read = plain(text);
  return riddles.flatMap(([phrase, better]) => {
    const found = phrase.exec(read);
    return found ? [`${read.slice(Math.max(0, found.index - 40), found.index + 40)} → ${better}`] : [];
  });
}

function tracked(...paths: string[]): string[] {
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...paths], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => /\.(ts|mjs|py|md)$/.test(file));
}

const read = (file: string) => readFileSync(join(root, file), 'utf8');

test('a phrase of the list is found, also across a line break of a comment', () => {
  expect(riddlesIn('/** Read by whoever comes\n * later. */')).toHaveLength(1);
  expect(riddlesIn("'an option cannot be\n * meant'")).toHaveLength(1);
  expect(riddlesIn('# a log is held\n# against its curve')).toHaveLength(1);
  expect(riddlesIn('The option is not valid.')).toEqual([]);
});

test('a plural after one is found', () => {
  expect('holding: 1 ranks running').toMatch(wrongPlural);
  expect('log warmup over 1 steps').toMatch(wrongPlural);
  expect('× 1 epochs').toMatch(/1 epochs/);
  expect('11 ranks, 1 rank, 0.1 steps, 2:1 nodes').not.toMatch(wrongPlural);
});

test.each(tracked('src', 'launchers', 'scripts', 'docs', 'README.md', 'CONTRIBUTING.md'))(
  '%s is in plain words',
  (file) => {
    expect(riddlesIn(read(file))).toEqual([]);
  },
);

test.each(tracked('docs', 'README.md', 'test').filter((file) => file !== 'test/words.test.ts'))(
  '%s records no plural after one',
  (file) => {
    expect(wrongPlural.exec(plain(read(file)))?.[0]).toBeUndefined();
  },
);
