import { z } from 'zod';
import { findSessionIdFault, SESSION_ID_BYTES } from '../../util/session-id.ts';

export const sessionId = z
  .string()
  .superRefine((id, context) => {
    const fault = findSessionIdFault(id);
    if (fault) context.addIssue({ code: 'custom', message: `not a session id: ${fault}` });
  })
  .meta({
    description: `Id of the session, chosen by the caller: 1 to ${SESSION_ID_BYTES} bytes of UTF-8 without control characters. Percent-encoded in a path, slashes too.`,
    example: 'slack/D0AC6CKBK5K/1774021483.588239',
  });
