/**
 * The house from the ground up, as docs/ARCHITECTURE.md draws it. A file imports from its own floor's folder and from the floors
 * above it in this list, never from those below; folders on one floor do not know each other. Checked by `npm run imports`.
 */
const floors = [
  ['src/[^/]+\\.ts$', 'src/redact/', 'src/node/'],
  ['src/command/', 'src/schedule/', 'src/files/'],
  ['src/contract/'],
  ['src/job/', 'src/documents/'],
  ['src/intent/'],
  ['src/executors/'],
  ['launchers/'],
  ['src/read/'],
  ['src/checks/'],
  ['src/plan/'],
  ['src/diagnosis/'],
  ['src/run/'],
  ['src/run-folder/'],
  ['src/supervise/'],
  ['src/doctor/', 'src/logs/'],
  ['src/report/'],
  ['src/submit/'],
  ['src/cli/'],
];

const forbidden = [
  {
    name: 'no-circle',
    comment: 'Of two files that import each other neither can be read alone; a type alone is a circle too.',
    from: {},
    to: { circular: true },
  },
  // Above the top floor there is nothing.
  ...floors.slice(0, -1).flatMap((folders, floor) =>
    folders.map((folder) => ({
      name: 'no-import-upwards',
      comment: 'Move what is needed down to where both can see it, or hand it in.',
      from: { path: `^${folder}` },
      to: {
        path: [...beside(folders, folder), ...floors.slice(floor + 1).flat()].map((path) => `^${path}`),
      },
    })),
  ),
  {
    name: 'every-folder-has-a-floor',
    comment: 'A new folder of src/ gets its place in the list above.',
    from: {},
    to: { path: '^src/', pathNot: floors.flat().map((path) => `^${path}`) },
  },
  {
    name: 'rules-judge-the-job',
    comment: 'A rule reads the job alone: what a launcher knows beyond it belongs into src/job/.',
    from: { path: '^src/checks/' },
    to: { path: '^launchers/' },
  },
  {
    name: 'no-rule-by-name',
    comment:
      "A rule's words and severity are its own: whoever needs a decision of it takes it from src/job/.",
    from: { path: '^(src|launchers)/', pathNot: '^src/checks/' },
    to: { path: '^src/checks/', pathNot: '^src/checks/(finding|index|suppress|schedule-words)\\.ts$' },
  },
  {
    name: 'engines-return-data',
    comment: 'What a person sees of a submission is the business of src/cli/.',
    from: { path: '^src/submit/' },
    to: { path: '^src/(report|supervise)/' },
  },
  {
    name: 'nothing-from-outside',
    comment: 'What is shipped does not need what is not.',
    from: { path: '^(src|launchers)/' },
    to: { path: '^(test|scripts|bench)/' },
  },
];

/** The ground's files know each other; other folders of one floor do not. */
function beside(folders, folder) {
  return folders === floors[0] ? [] : folders.filter((other) => other !== folder);
}

export default {
  forbidden: forbidden.map((rule) => ({ severity: 'error', ...rule })),
  options: {
    // Reads TypeScript as it is written, type-only imports and import() types included.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    includeOnly: '^(src|launchers|test|scripts|bench)/',
  },
};
