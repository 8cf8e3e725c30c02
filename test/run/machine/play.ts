/** Plays sequences with the launcher's machine: one JSON document per line in, one out. `--table` plays the table. */
import { createInterface } from 'node:readline';
import { play, readTable, type Sequence } from './sequence.ts';

const say = (sequence: Sequence) => void process.stdout.write(`${JSON.stringify(play(sequence))}\n`);

if (process.argv[2] === '--table') readTable().forEach(say);
else for await (const line of createInterface({ input: process.stdin })) say(JSON.parse(line) as Sequence);
