import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { type HttpWorld, startHttp } from '../support/http.ts';

const openapi = z.looseObject({
  servers: z.array(z.object({ url: z.string() })),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string().optional(),
        summary: z.string().optional(),
        'x-access': z.string().optional(),
        'x-body-limit': z.string().optional(),
        parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
        responses: z.record(z.string(), z.unknown()),
      }),
    ),
  ),
});

let world: HttpWorld;
let text: string;
let document: z.infer<typeof openapi>;

beforeAll(async () => {
  world = await startHttp();
  text = await (await fetch(`${world.url}/openapi.json`)).text();
  document = openapi.parse(JSON.parse(text));
});

afterAll(() => world.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, ...operation })),
  );

it('the OpenAPI document names the address of the daemon', () => {
  expect(document.servers).not.toEqual([]);
});

it('every operation has a unique id, which generated clients need', () => {
  const ids = operations().map(({ name, operationId }) => operationId ?? `none: ${name}`);
  expect(ids).toEqual([...new Set(ids)]);
  for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
});

it('every operation has a summary, and describes its success and its errors', () => {
  const lacking = operations().filter(({ summary, responses }) => {
    const statuses = Object.keys(responses);
    const described = [/^[23]\d\d$/, /^4(XX|\d\d)$/].every((kind) =>
      statuses.some((each) => kind.test(each)),
    );
    return !summary || !described;
  });
  expect(lacking.map(({ name }) => name)).toEqual([]);
});

it('the parameters of every path match those of its operations', () => {
  for (const { name, path, parameters } of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
    const described = parameters.filter((each) => each.in === 'path').map((each) => each.name);
    expect({ name, described }).toEqual({ name, described: inPath });
  }
});

it('every reference has a target', () => {
  const all: unknown = JSON.parse(text);
  const targets = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, target = '']) => target);
  expect(targets.length).toBeGreaterThan(0);
  for (const target of new Set(targets))
    expect({ target, found: at(all, target.split('/')) }).toEqual({ target, found: expect.anything() });
});

function at(value: unknown, [segment, ...rest]: string[]): unknown {
  if (segment === undefined) return value;
  return typeof value === 'object' && value !== null ? at(Reflect.get(value, segment), rest) : undefined;
}

it('every operation declares who may use it, and a change of that is deliberate', () => {
  const byAccess = Object.groupBy(operations(), (each) => each['x-access'] ?? 'undeclared');
  const ids = Object.entries(byAccess).map(([access, all = []]) => {
    return [access, all.map(({ operationId }) => operationId).sort()] as const;
  });
  expect(Object.fromEntries(ids)).toEqual({
    open: ['checkHealth', 'checkReadiness', 'returnFromMcpLogin'],
    operate: [
      ...['beginMcpLogin', 'completeMcpLogin', 'deleteMcpLogin'],
      ...['patchConfig', 'replaceConfig', 'rollBackConfig'],
    ],
    read: expect.any(Array),
    write: [
      ...['cancelSession', 'decideApproval', 'deleteReminder', 'pauseSchedule', 'releaseSession'],
      ...[
        'restartDaemon',
        'resumeSchedule',
        'revokeGrant',
        'runSchedule',
        'sendMessage',
        'stopDaemon',
        'uploadFile',
      ],
    ],
  });
  const writing = operations().filter((each) => each['x-access'] === 'read' && !each.name.startsWith('get '));
  expect(writing.map(({ operationId }) => operationId)).toEqual(['planConfig']);
});

it('only routes that take a configuration file accept a body of its size', () => {
  const large = operations().filter((each) => each['x-body-limit'] === 'config');
  expect(large.map(({ operationId }) => operationId).sort()).toEqual([
    'patchConfig',
    'planConfig',
    'replaceConfig',
    'rollBackConfig',
  ]);
});
