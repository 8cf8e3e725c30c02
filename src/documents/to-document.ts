import type * as z from 'zod';
import { schemaVersion } from '../contract/contract.ts';

/**
 * Converts a value to its JSON document: the version first, and our own keys in snake_case. Keys that are data (names of
 * environment variables, of a schedule's arguments, of libraries) stay as they are: the schema tells which are which.
 */
export function toDocument(schema: z.ZodType, value: object): Record<string, unknown> {
  return { schema_version: schemaVersion, ...(renamed(schema, value, snakeCase) as object) };
}

/** Converts a document back to its value. */
export function fromDocument(schema: z.ZodType, document: object): Record<string, unknown> {
  const { schemaVersion: _, ...value } = renamed(schema, document, camelCase) as Record<string, unknown>;
  return value;
}

/** `wouldRun` → `would_run`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** `would_run` → `wouldRun`. */
function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

type Schema = z.core.$ZodType | undefined;
type Rename = (name: string) => string;

/** Renames our own keys in a value; undefined fields are left out. */
function renamed(schema: Schema, value: unknown, rename: Rename): unknown {
  const { def } = (schema && unwrapped(schema))?._zod ?? {};
  if (def?.type === 'union') return renamed(matching(def as z.core.$ZodUnionDef, value), value, rename);
  if (Array.isArray(value)) {
    // The entries of a tuple are numbers and texts.
    const element = def?.type === 'array' ? (def as z.core.$ZodArrayDef).element : undefined;
    return def && !element ? value : value.map((entry) => renamed(element, entry, rename));
  }
  if (value === null || typeof value !== 'object') return value;
  if (def?.type === 'record') {
    const { valueType } = def as z.core.$ZodRecordDef;
    return mapEntries(value, (key, entry) => [key, renamed(valueType, entry, rename)]);
  }
  // `unknown` is foreign all the way down.
  if (def && def.type !== 'object') return value;
  const shape = def ? (def as z.core.$ZodObjectDef).shape : {};
  return mapEntries(value, (key, entry) => [rename(key), renamed(shape[snakeCase(key)], entry, rename)]);
}

/** The schema of a value that may be absent or null. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = schema._zod;
  return def.type === 'optional' || def.type === 'nullable'
    ? unwrapped((def as z.core.$ZodOptionalDef).innerType)
    : schema;
}

/** Selects the schema that the value satisfies as a document. */
function matching({ options }: z.core.$ZodUnionDef, value: unknown): Schema {
  return options.find((option) => {
    const document = renamed(option, value, snakeCase);
    const versioned =
      typeof document === 'object' && !Array.isArray(document)
        ? [document, { schema_version: schemaVersion, ...document }]
        : [document];
    return versioned.some((each) => (option as z.ZodType).safeParse(each).success);
  });
}

function mapEntries(
  value: object,
  map: (key: string, entry: unknown) => [string, unknown],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) => (entry === undefined ? [] : [map(key, entry)])),
  );
}
