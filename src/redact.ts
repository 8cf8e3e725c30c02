// Whole words of a name: HF_TOKEN and --hub_token, but not --tokenizer_name or TOKENIZERS_PARALLELISM.
const SECRET_NAME =
  /(^|[_-])(token|secret|passwd|password|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)([_-]|$)/i;
// Forms that are secrets wherever they stand: Hugging Face, OpenAI-like, GitHub, Slack, AWS key ids.
const SECRET_FORM =
  /\b(hf_[A-Za-z0-9]{8,}|sk-[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{16,}|xox[abpr]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16})/g;
const MASK = '***';

/**
 * A function that masks secrets in any text that leaves the process: the values of environment variables and options whose
 * names say so, and well-known token forms. Short values (under 6 characters) are left: masking them would eat ordinary text.
 */
export function makeRedactor(
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[] = [],
): (text: string) => string {
  const values = new Set<string>();
  for (const [name, value] of Object.entries(env)) if (SECRET_NAME.test(name) && value) values.add(value);
  argv.forEach((word, index) => {
    const [, name = '', value] = /^--?([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (!SECRET_NAME.test(name)) return;
    const secret = value ?? argv[index + 1];
    if (secret && !secret.startsWith('--')) values.add(secret);
  });
  const known = [...values]
    .filter((value) => value.length >= 6 && !/^(true|false|\d+)$/i.test(value))
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const value of known) {
      clean = clean.replaceAll(value, MASK);
      // Inside a JSON document the same value stands escaped.
      const escaped = JSON.stringify(value).slice(1, -1);
      if (escaped !== value) clean = clean.replaceAll(escaped, MASK);
    }
    return clean.replace(SECRET_FORM, MASK);
  };
}
