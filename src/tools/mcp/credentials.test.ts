import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import { createCredentialsProvider } from './credentials.ts';

const issuer = 'https://login.example.com';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });

it.each([
  ['PKCS #1', 'RS256', rsa, 'pkcs1'],
  ['PKCS #8', 'RS256', rsa, 'pkcs8'],
  ['SEC 1', 'ES256', curve('P-256'), 'sec1'],
  ['SEC 1', 'ES384', curve('P-384'), 'sec1'],
  ['PKCS #8', 'ES512', curve('P-521'), 'pkcs8'],
] as const)(
  'signs with a key in the form %s by %s',
  async (_, algorithm, { privateKey, publicKey }, type) => {
    const pem = privateKey.export({ type, format: 'pem' }).toString();
    const jwt = await assertionOf({ privateKey: pem });
    const [header = '', claims = '', signature = ''] = jwt.split('.');
    expect(decoded(header)).toMatchObject({ alg: algorithm });
    expect(decoded(claims)).toMatchObject({ iss: 'me', sub: 'me', aud: issuer });
    expect(isSignedBy(publicKey, algorithm, `${header}.${claims}`, signature)).toBe(true);
  },
);

it('signs with the configured algorithm', async () => {
  const privateKey = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const jwt = await assertionOf({ privateKey, algorithm: 'PS384' });
  expect(decoded(jwt.split('.')[0] ?? '')).toMatchObject({ alg: 'PS384' });
});

it('passes on an assertion unchanged', async () => {
  expect(await assertionOf({ assertion: 'signed.by.others' })).toBe('signed.by.others');
});

async function assertionOf(proof: object): Promise<string> {
  const provider = createCredentialsProvider({ clientId: 'me', issuer, ...proof });
  const params = new URLSearchParams();
  await provider.addClientAuthentication?.(new Headers(), params, `${issuer}/token`, {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['code'],
  });
  return params.get('client_assertion') ?? '';
}

function decoded(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

function isSignedBy(key: KeyObject, algorithm: string, text: string, signature: string): boolean {
  const encoding = algorithm.startsWith('ES') ? ({ dsaEncoding: 'ieee-p1363' } as const) : {};
  const hash = `sha${algorithm.slice(2)}`;
  const publicKey = createPublicKey(key.export({ type: 'spki', format: 'pem' }));
  return verify(
    hash,
    Buffer.from(text),
    { key: publicKey, ...encoding },
    Buffer.from(signature, 'base64url'),
  );
}
