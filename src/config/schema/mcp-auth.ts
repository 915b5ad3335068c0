import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { defineGroup, defineKey } from '../fields/fields.ts';
import { mcpAddress } from './web-address.ts';

const filled = z.string().min(1);

/** A private key in any PEM form that OpenSSL writes: PKCS #8, PKCS #1 or SEC 1. */
const privateKey = filled.superRefine((pem, ctx) => {
  const fault = faultOf(pem);
  if (fault !== undefined) ctx.addIssue({ code: 'custom', message: fault });
});

function faultOf(pem: string): string | undefined {
  try {
    const { asymmetricKeyType: type } = createPrivateKey(pem);
    return type === 'rsa' || type === 'ec' ? undefined : `expected an RSA or EC key, not one of type ${type}`;
  } catch {
    return 'expected a private key in PEM form without a passphrase; a reference to its file will do';
  }
}

/** The keys with which a client can authenticate; exactly one of them must be set. */
const PROOFS = ['clientSecret', 'privateKey', 'assertion'] as const;

const fields = z.strictObject({
  clientId: defineKey(filled, 'live', 'The client ID that the authorization server knows.', { plain: true }),
  clientSecret: defineKey(
    filled.optional(),
    'live',
    'The secret of this client, where it proves itself by one. Write it as a reference.',
    { secret: true },
  ),
  privateKey: defineKey(
    privateKey.optional(),
    'live',
    'The private key of this client in PEM form, where it proves itself by signing (`private_key_jwt`). Write it as a reference.',
    { secret: true },
  ),
  algorithm: defineKey(
    z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']).optional(),
    'live',
    'How to sign with `privateKey`; `RS256` for an RSA key and what fits its curve for an EC key when absent.',
    { plain: true },
  ),
  assertion: defineKey(
    filled.optional(),
    'live',
    'A JWT that another service has signed for this client, such as the token that a platform keeps in a file. Write it as a reference.',
    { secret: true },
  ),
  scope: defineKey(z.string().optional(), 'live', 'Scopes to ask for, separated by spaces.', { plain: true }),
  issuer: defineKey(
    mcpAddress,
    'live',
    'The authorization server that these credentials are for; they are sent to no other.',
    { plain: true },
  ),
});

export const clientCredentialsSection = defineGroup(
  fields
    .superRefine((auth, ctx) => {
      const given = PROOFS.filter((proof) => auth[proof] !== undefined);
      const refuse = (path: string, message: string) =>
        ctx.addIssue({ code: 'custom', path: [path], message });
      if (given.length === 0) refuse('clientSecret', 'is missing; or give "privateKey" or "assertion"');
      const [first, second] = given;
      if (second) refuse(second, `stands beside "${first}"; one of them is enough`);
      if (auth.algorithm && !auth.privateKey) refuse('algorithm', 'has no effect without "privateKey"');
    })
    .optional(),
  'OAuth client credentials, for a server that gives out tokens without a browser.',
);
