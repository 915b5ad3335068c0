/** Goes where a browser would and comes back with what it is sent back with, for an authorization server that asks nobody. */
export async function answerOf(authorizationUrl: string): Promise<URLSearchParams> {
  return new URL(await redirectOf(authorizationUrl)).searchParams;
}

/** Where it is sent. */
export async function redirectOf(authorizationUrl: string): Promise<string> {
  const response = await fetch(authorizationUrl, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`no redirect but ${response.status}: ${await response.text()}`);
  return location;
}
