import { z } from 'zod';
import { isLoopback } from '../fields/address.ts';
import { defineGroup, defineKey } from '../fields/fields.ts';
import { mcpAddress } from './web-address.ts';

const filled = z.string().min(1);

/** An address that may receive a secret or the browser of a user: https, or this machine. */
const safeAddress = mcpAddress.superRefine((text, ctx) => {
  if (!isSafeUrl(text)) {
    ctx.addIssue({
      code: 'custom',
      message: 'expected an https URL, or one of this machine (http://127.0.0.1 …)',
    });
  }
});

const documentAddress = mcpAddress.superRefine((text, ctx) => {
  const { protocol, pathname } = URL.parse(text) ?? { protocol: '', pathname: '/' };
  if (protocol !== 'https:' || pathname === '/') {
    ctx.addIssue({ code: 'custom', message: 'expected an https URL with a path' });
  }
});

/** Checks whether traffic to the URL cannot be read on its way: it uses https, or stays on this machine. */
export function isSafeUrl(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? { protocol: '', hostname: '' };
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname.replace(/^\[|\]$/g, '')));
}

const fields = z.strictObject({
  clientId: defineKey(
    filled.optional(),
    'live',
    'The name of a client that you have registered at the authorization server. When absent, the daemon registers one itself.',
    { plain: true },
  ),
  clientSecret: defineKey(
    filled.optional(),
    'live',
    'The secret of that client, if it has one. Write it as a reference.',
    { secret: true },
  ),
  issuer: defineKey(
    mcpAddress.optional(),
    'live',
    'The only authorization server that may be used; whichever the MCP server names when absent.',
    { plain: true },
  ),
  scope: defineKey(
    z.string().optional(),
    'live',
    'Scopes to ask for, separated by spaces; those that the server asks for when absent.',
    { plain: true },
  ),
  clientMetadataUrl: defineKey(
    documentAddress.optional(),
    'live',
    'Address of a client ID metadata document that you publish; used instead of a registration where the authorization server can read it.',
    { plain: true },
  ),
  redirectUrl: defineKey(
    safeAddress.optional(),
    'live',
    'Where browsers reach `/v1/mcp/callback` of the daemon; `http://` and where it listens when absent.',
    { plain: true },
  ),
});

export const oauthSection = defineGroup(
  fields
    .superRefine(({ clientId, clientSecret, issuer }, ctx) => {
      if (clientSecret === undefined) return;
      const refuse = (path: string, message: string) =>
        ctx.addIssue({ code: 'custom', path: [path], message });
      if (clientId === undefined) refuse('clientId', 'is missing; the secret belongs to a client');
      if (issuer === undefined) {
        refuse('issuer', 'is missing; it says which authorization server may see the secret');
      }
    })
    .optional(),
  'OAuth login of a user: a user logs in with a browser (`midturn mcp login`), and the daemon uses the server as that user. `{}` is enough for most servers.',
);
