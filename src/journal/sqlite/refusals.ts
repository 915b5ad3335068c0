import { createDecisionError } from '../../errors/approvals.ts';
import {
  FencedError,
  JournalConflictError,
  SessionNotFoundError,
  UnreadInputError,
} from '../../errors/errors.ts';
import { LeaseNotHeldError } from '../../errors/journal.ts';
import { BlobNotFoundError } from '../../errors/sessions.ts';
import { NotServingError, TooManyRemindersError } from '../../errors/time.ts';
import type { ApprovalRow } from '../approvals.ts';
import type { WriteRefused } from './roles/result.ts';

/** Returns the error of the port for a refused operation. `findApproval` reads the approval that was closed. */
export function toRefusalError(
  refusal: WriteRefused,
  findApproval: (id: string) => ApprovalRow | undefined,
): Error {
  switch (refusal.refused) {
    case 'missing':
      return new SessionNotFoundError(refusal.session);
    case 'blob':
      return new BlobNotFoundError(refusal.blob);
    case 'full':
      return new TooManyRemindersError(refusal.session);
    case 'closed':
      return createDecisionError(refusal.approval, refusal.session, findApproval(refusal.approval));
    case 'unread':
      return new UnreadInputError(refusal.session);
    case 'fenced':
      return new FencedError(refusal.session, refusal.generation, refusal.owner);
    case 'lease':
      return new LeaseNotHeldError(refusal.name, refusal.generation, refusal.holder);
    case 'not_serving':
      return new NotServingError(refusal.generation);
    case 'conflict':
      return new JournalConflictError(refusal.session, refusal.expected, refusal.actual);
  }
}
