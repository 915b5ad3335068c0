import { createPrivateKey, type KeyObject } from 'node:crypto';
import {
  ClientCredentialsProvider,
  type OAuthClientProvider,
  PrivateKeyJwtProvider,
  StaticPrivateKeyJwtProvider,
} from '@modelcontextprotocol/client';
import type { McpClientCredentials } from './wire/config.ts';

/**
 * Creates the token provider for OAuth client credentials, which need no user: by signed JWT assertion, by private
 * key (`private_key_jwt`), or by client secret. Throws when the private key cannot be parsed.
 */
export function createCredentialsProvider(auth: McpClientCredentials): OAuthClientProvider {
  const { clientId, clientSecret = '', privateKey, assertion, scope, issuer } = auth;
  const common = { clientId, expectedIssuer: issuer, ...(scope === undefined ? {} : { scope }) };
  if (assertion !== undefined) {
    return new StaticPrivateKeyJwtProvider({ ...common, jwtBearerAssertion: assertion });
  }
  if (privateKey !== undefined) {
    const key = createPrivateKey(privateKey);
    const algorithm = auth.algorithm ?? chooseAlgorithm(key);
    return new PrivateKeyJwtProvider({ ...common, privateKey: toPkcs8(key), algorithm });
  }
  return new ClientCredentialsProvider({ ...common, clientSecret });
}

/** Converts a private key to PKCS #8 in PEM form, the only form that the library accepts. */
function toPkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function chooseAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  if (asymmetricKeyType !== 'ec') return 'RS256';
  return CURVES[asymmetricKeyDetails?.namedCurve ?? ''] ?? 'ES256';
}

const CURVES: Record<string, string> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };
