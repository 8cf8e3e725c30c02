/**
 * Returns whether a chart may use braille dots: only if the locale names UTF-8, and not on a dumb terminal. Without
 * a locale the C locale applies, which is ASCII.
 */
export function showsUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: NodeJS.ProcessEnv): boolean {
  return TERM !== 'dumb' && /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
}
