import contract from '../node/contract.json' with { type: 'json' };

/**
 * Constants shared by TypeScript and the Python on the nodes (src/node/contract.json; rampcheck_node/contract.py also reads it):
 * the version of documents, file names, words of the protocol, environment variables, seconds, ports and exit codes. A test finds copies of them elsewhere.
 */
export const {
  schema_version: schemaVersion,
  files,
  words,
  environment,
  seconds,
  ports,
  exit_codes: exitCodes,
  kinds,
} = contract;
