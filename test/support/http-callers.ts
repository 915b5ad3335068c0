/** `Host` headers of this machine. */
export const OWN_HOSTS = [
  'localhost',
  'LOCALHOST:7717',
  '127.0.0.1',
  '127.1.2.3:80',
  '[::1]:7717',
  'midturn.localhost',
];

/** `Host` headers under which a web page may have rebound a name to the daemon. */
export const FOREIGN_HOSTS = [
  'evil.example',
  'evil.example:7717',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  'evil-localhost',
  '10.1.2.3',
  '[::2]',
  'user@localhost',
  'localhost:x',
];

/** `Origin` headers of web pages that are not the daemon's own. */
export const FOREIGN_ORIGINS = [
  'http://evil.example',
  'https://evil.example',
  'null',
  'http://localhost:3000',
  'http://127.0.0.1',
  'file://',
  '',
];

/** `Authorization` headers that are almost right for one of two tokens. */
export function wrongTokens(first: string, second: string): string[] {
  return [
    `Bearer ${first.slice(0, -1)}`,
    `Bearer ${first}-and-more`,
    `Bearer ${first.toUpperCase()}`,
    'Bearer',
    'Bearer  ',
    `Basic ${first}`,
    first,
    `Bearer ${first} ${second}`,
    `Bearer ${'x'.repeat(8_000)}`,
  ];
}
