import { RampcheckError } from '../../errors.ts';

/** A rule of Kubernetes for names, with its description for users. */
export interface NameRule {
  pattern: RegExp;
  most: number;
  words: string;
}

/** RFC 1035 label: names of JobSets, TrainJobs, PyTorchJobs and of the services that make their pods' host names. */
export const label1035: NameRule = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  most: 63,
  words:
    'lower-case letters, digits and -, beginning with a letter and ending with a letter or digit (RFC 1035)',
};

/** RFC 1123 label: namespaces and queues. */
export const label1123: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  most: 63,
  words: 'lower-case letters, digits and -, beginning and ending with a letter or digit (RFC 1123)',
};

/** RFC 1123 subdomain: secrets, volume claims, service accounts. */
export const subdomain: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  most: 253,
  words: 'labels of small letters, digits and -, joined by dots (RFC 1123)',
};

/** Names of environment variables that every shell and every version of Kubernetes accepts. */
export const variable: NameRule = {
  pattern: /^[A-Za-z_]\w*$/,
  most: 255,
  words: 'letters, digits and _, not beginning with a digit',
};

/** Keys of a secret or config map. */
export const dataKey: NameRule = {
  pattern: /^[-._A-Za-z0-9]+$/,
  most: 253,
  words: 'letters, digits, -, _ and .',
};

/** Keys of labels and names of resources: `nvidia.com/gpu`, `rdma/ib`. */
export const qualified: NameRule = {
  pattern:
    /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/,
  most: 317,
  words: 'an optional DNS prefix and /, then letters, digits, -, _ and .',
};

/** Values of labels and node selectors. */
export const labelValue: NameRule = {
  pattern: /^([A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?)?$/,
  most: 63,
  words: 'letters, digits, -, _ and ., beginning and ending with a letter or digit',
};

/** Amounts: 8, 512Mi, 1.5, 64Gi. */
export const quantity: NameRule = {
  pattern: /^\d+(\.\d+)?(m|[kMGTPE]|[KMGTPE]i)?$/,
  most: 32,
  words: 'a number with an optional unit, such as 8, 500m or 64Gi',
};

/**
 * Returns the name if the rule allows it.
 *
 * @throws RampcheckError `kubernetes-name`, with the rule and, if possible, a valid name.
 */
export function named(what: string, name: string, rule: NameRule, most = rule.most): string {
  const long = name.length > most;
  if (!long && rule.pattern.test(name)) return name;
  const close = rule === label1035 || rule === label1123 ? makeName(name, most) : '';
  throw new RampcheckError(
    'kubernetes-name',
    long
      ? `${what} '${name}' has ${name.length} characters, but Kubernetes allows at most ${most} here`
      : `${what} '${name}' is not valid in Kubernetes, which needs ${rule.words}`,
    close ? { hint: `use '${close}'` } : {},
  );
}

/** The valid RFC 1035 label closest to a text; empty if nothing of it can be kept. */
export function makeName(text: string, most: number): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, most)
    .replace(/-+$/, '');
}
