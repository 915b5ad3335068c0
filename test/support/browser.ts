/**
 * Plays the browser for an authorization server that shows no login page: follows its redirect and returns
 * the query of the address it leads to.
 */
export async function answerOf(authorizationUrl: string): Promise<URLSearchParams> {
  return new URL(await redirectOf(authorizationUrl)).searchParams;
}

/** Returns the address of the redirect. */
export async function redirectOf(authorizationUrl: string): Promise<string> {
  const response = await fetch(authorizationUrl, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`no redirect but ${response.status}: ${await response.text()}`);
  return location;
}
