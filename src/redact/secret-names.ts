/**
 * Names that say that their value is a secret. `surely`: whatever the value is. `numbers`: a number is a secret too (a PIN, and not
 * `--pad_token 151643`). `perhaps`: only a value that looks random, because such names have ordinary values as well (`--text_key text`).
 */
export type SecretName = 'surely' | 'numbers' | 'perhaps';

const SURELY = new Set(
  'token secret password passwd passphrase passcode apikey credential credentials bearer jwt pat webhook sshpass pgpass cookie'.split(
    ' ',
  ),
);
const NUMBERS = new Set('pin otp password passwd passphrase passcode'.split(' '));
/** Two words that are a secret together: api_key, private_key. */
const BEFORE_KEY = new Set('api access private secret encryption signing account'.split(' '));
const PERHAPS = new Set('key pass auth dsn session signature sas'.split(' '));
/** Tokens of a tokenizer: `--pad_token`, `eos_token`. */
const TOKENIZER = new Set('pad eos bos unk mask sep cls image video audio special stop'.split(' '));

/** Returns how surely a variable, option or JSON key of this name holds a secret; undefined when its name says nothing of the kind. */
export function secretName(name: string): SecretName | undefined {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  let found: SecretName | undefined;
  words.forEach((word, at) => {
    const before = words[at - 1] ?? '';
    const secret =
      NUMBERS.has(word) || (word === 'pwd' && before !== '') || /^\w+(password|passwd|passphrase)$/.test(word)
        ? 'numbers'
        : (SURELY.has(word) && !(word === 'token' && TOKENIZER.has(before))) ||
            (/^keys?$/.test(word) && BEFORE_KEY.has(before))
          ? 'surely'
          : PERHAPS.has(word) && words.length > 1 && at === words.length - 1
            ? 'perhaps'
            : undefined;
    if (secret && (found === undefined || found === 'perhaps')) found = secret;
  });
  return found;
}

/** Returns whether the value of a variable or option is to be hidden, going by its name. */
export function isSecret(name: string, value: string): boolean {
  const kind = secretName(name);
  if (kind === undefined || value === '' || /^(true|false|none|null)$/i.test(value)) return false;
  if (/^[\d.e+-]+$/i.test(value)) return kind === 'numbers';
  return kind !== 'perhaps' || looksRandom(value);
}

/** Returns whether a text could not be a word, a path or a number: letters and digits mixed, eight or more. */
export function looksRandom(value: string): boolean {
  return value.length >= 8 && /\d/.test(value) && /[a-z]/i.test(value) && !/^[~./]/.test(value);
}
