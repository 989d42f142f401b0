/** An error nobody expected, as the log may have it: what it was and where, never its message, which may quote somebody. */

export function whatAndWhere(error: unknown): { readonly why: string; readonly where: string } {
  if (!(error instanceof Error)) return { why: typeof error, where: '' };
  return { why: error.name, where: error.stack?.split('\n')[1]?.trim().slice(0, 200) ?? '' };
}
