import { z } from 'zod';
import { GrantNotFoundError } from '../../errors/approvals.ts';
import {
  approval,
  approvalPage,
  approvalQuery,
  decision,
  decisionReceipt,
  grantPage,
  revoked,
  revokeRequest,
} from '../../protocol/approvals.ts';
import { omitUndefined } from '../request/omit-undefined.ts';
import { asPrincipal } from '../request/principal.ts';
import { declareRoute } from '../request/route-facts.ts';
import { jsonBody, jsonContent, problemResponses, type RouteContext, sessionPath } from './shared.ts';

export function approvalRoutes({ app, deps: { sessions, log } }: RouteContext): void {
  app.openapi(listRoute, async (c) => {
    const approvals = await c.get('sessions').listApprovals(omitUndefined(c.req.valid('query')));
    return c.json({ approvals }, 200);
  });

  app.openapi(showRoute, async (c) => {
    return c.json(await c.get('sessions').getApproval(c.req.valid('param').approval), 200);
  });

  app.openapi(decideRoute, async (c) => {
    const { session, approval } = c.req.valid('param');
    const principal = c.get('principal');
    const asked = asPrincipal(omitUndefined(c.req.valid('json')), principal);
    const decision = { ...asked, person: principal.role !== 'operator' };
    return c.json(await c.get('sessions').decideApproval(session, approval, decision), 202);
  });

  app.openapi(grantsRoute, async (c) => c.json({ grants: await sessions.listGrants() }, 200));

  app.openapi(revokeRoute, async (c) => {
    const { agent, session = null, rule } = c.req.valid('json');
    const grant = { agent, session, rule };
    if (!(await sessions.revokeGrant(grant))) throw new GrantNotFoundError(grant);
    log.info({ by: c.get('by'), ...grant }, 'http:grant_revoked');
    return c.json(grant, 200);
  });
}

const listRoute = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/approvals',
  operationId: 'listApprovals',
  summary: 'List approvals and elicitations',
  description:
    'Questions of all sessions, newest first, including decided ones. `state=pending` selects the open ones.',
  request: { query: approvalQuery },
  responses: { 200: jsonContent('The questions.', approvalPage), ...problemResponses },
});

const approvalId = z.string().meta({ description: 'Id of the question.' });

const showRoute = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/approvals/{approval}',
  operationId: 'showApproval',
  summary: 'Show a question',
  request: { params: z.object({ approval: approvalId }) },
  responses: { 200: jsonContent('The question and its decision.', approval), ...problemResponses },
});

const decideRoute = declareRoute({
  'x-access': 'write',
  'x-about': 'sessions',
  method: 'post',
  path: '/v1/sessions/{session}/approvals/{approval}',
  operationId: 'decideApproval',
  summary: 'Approve or deny a call, or answer a question',
  description:
    'Answers 202 once the decision is on disk, so that it survives a restart. The first decision counts: a later one, or one about a question that has expired or is no longer needed, is answered with 409 `approval_closed` and changes nothing. `content` is the answer to the question of a tool, by field. It is checked against the fields of the question, and defaults are filled in. An answer that does not match is refused with 422 `answer_refused`, which names the `field` and leaves the question open.',
  request: {
    params: sessionPath.extend({ approval: approvalId }),
    ...jsonBody(decision, true),
  },
  responses: { 202: jsonContent('The decision is on disk.', decisionReceipt), ...problemResponses },
});

const grantsRoute = declareRoute({
  'x-access': 'read',
  method: 'get',
  path: '/v1/grants',
  operationId: 'listGrants',
  summary: 'List grants',
  description: 'Approvals with the scope `session` or `always`, which cover more than one call.',
  responses: { 200: jsonContent('The grants.', grantPage), ...problemResponses },
});

const revokeRoute = declareRoute({
  'x-access': 'write',
  method: 'delete',
  path: '/v1/grants',
  operationId: 'revokeGrant',
  summary: 'Revoke a grant',
  description: 'Applies from the next call on, in running turns too, whichever generation runs the session.',
  request: jsonBody(revokeRequest, true),
  responses: { 200: jsonContent('The grant is revoked.', revoked), ...problemResponses },
});
