import contract from '../node/contract.json' with { type: 'json' };

/**
 * What TypeScript and the Python that travels must agree on (src/node/contract.json; rampcheck_node/contract.py is the other reader):
 * the version of documents, file names, words of the protocol, environment variables, seconds, ports and exit codes. A test finds one that is written down anywhere else.
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
