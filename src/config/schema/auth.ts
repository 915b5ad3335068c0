import { z } from 'zod';
import { defineGroup, defineKey } from '../fields/fields.ts';

/** Minimum length of a token in characters; a shorter one can be guessed. */
const MIN_TOKEN_LENGTH = 16;

const token = z
  .string()
  .min(
    MIN_TOKEN_LENGTH,
    `a token has at least ${MIN_TOKEN_LENGTH} characters; \`openssl rand -hex 24\` makes one`,
  )
  .regex(/^[\x21-\x7e]*$/, 'a token is made of visible ASCII characters without spaces');

/** The name that a token proves. */
const holderName = z.string().min(1).max(256);

const sessionPattern = z
  .string()
  .min(1, 'expected the id of a session, or the beginning of ids with "*" at the end')
  .max(512)
  .regex(/^[^*]*\*?$/s, '"*" may stand only at the end, as in "team/*"');

const client = z.strictObject({
  token: defineKey(token, 'live', 'The bearer token of this client.', { secret: true }),
  role: defineKey(
    z.enum(['operator', 'approver', 'reader']),
    'live',
    'What the client may do. `reader`: read. `approver`: also send messages, cancel, and decide. `operator`: everything, the configuration included.',
  ),
  sessions: defineKey(
    z.array(sessionPattern).min(1).optional(),
    'live',
    'The sessions that the client may see and use: ids, or the beginning of ids with `*` at the end, such as `team/*`. Absent: all. Sessions that were delegated to belong to the session that delegated.',
  ),
  agents: defineKey(
    z.array(z.string()).min(1).optional(),
    'live',
    'The agents whose sessions the client may see and use; its new sessions belong to the first one. Sessions that others delegated to are left out. Absent: all. With `sessions`, a session must satisfy both.',
  ),
});

/** Section `auth`: the tokens of the API, and what each of them permits. */
export const authSection = z
  .strictObject({
    tokens: defineKey(
      z.array(token).prefault([]),
      'live',
      'Bearer tokens of the operator, which open all of the API on the TCP address. Required unless that is a loopback address, or `auth.people` or `auth.clients` has any.',
      { secret: true },
    ),
    people: defineGroup(
      z
        .record(
          holderName,
          defineKey(
            token,
            'live',
            'The token of this person. A client with this token acts and decides under this name and no other, and cannot change the configuration. The same as an entry of `auth.clients` with the role `approver`.',
            { secret: true },
          ),
        )
        .prefault({}),
      'Tokens that prove the identity of a person, by name.',
    ),
    clients: defineGroup(
      z.record(holderName, client).prefault({}),
      'Tokens with a role, and optionally with the only sessions or agents that they open, by the name of their holder.',
    ),
  })
  .prefault({});
