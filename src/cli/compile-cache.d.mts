export function enableOwnCompileCache(env?: Readonly<Record<string, string | undefined>>): void;
export function ownCacheFolder(env: Readonly<Record<string, string | undefined>>): string | undefined;
