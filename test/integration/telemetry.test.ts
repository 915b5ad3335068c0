import { expect, it, type TestContext } from 'vitest';
import { thinkingDaemon } from '../support/handovers.ts';
import type { ModelServer } from '../support/model-server.ts';
import { OtlpReceiver } from '../support/otlp-receiver.ts';

/** A value of the configuration that must not leave the daemon. */
const SECRET = 'a-secret-of-the-test-1234';

async function openReceiver(t: TestContext): Promise<OtlpReceiver> {
  const receiver = await OtlpReceiver.open();
  t.onTestFinished(() => receiver.close());
  return receiver;
}

function exportTo(receiver: OtlpReceiver, more: object = {}) {
  return {
    telemetry: {
      otlp: {
        endpoint: receiver.url,
        headers: { authorization: SECRET },
        interval: '1s',
        ...more,
      },
    },
  };
}

/** A model that fetches once and then says what it knows. */
const fetchOnce = (messages: { role: string }[], server: ModelServer) =>
  messages.some(({ role }) => role === 'tool')
    ? { text: `it is ${SECRET}` }
    : { text: 'looking', tools: [server.fetchCall('page')] };

it.concurrent('[J8] [O5] a turn is one trace that continues in the next generation after a kill', async (t) => {
  const receiver = await openReceiver(t);
  const { daemon, server } = await thinkingDaemon(t, fetchOnce, () => exportTo(receiver));
  const gate = Promise.withResolvers<void>();
  server.holdTool('page', gate.promise);
  await daemon.client.sendMessage('chat', { id: 'm', text: 'what is it?' });
  await server.waitUntil(({ tools }) => tools.get('page') === 1);
  await receiver.waitUntil(({ spans }) => spans.length === 1);
  await daemon.killGeneration();
  gate.resolve();
  await receiver.waitUntil(({ spans }) => spans.some(({ name }) => name === 'invoke_agent main'));

  const { spans } = receiver;
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const instances = new Set(spans.map(({ instance }) => instance.split('/').at(-1)));
  expect([...instances]).toEqual(['1', '2']);
  const root = spans.find(({ name }) => name === 'invoke_agent main');
  expect(root?.parentSpanId).toBeUndefined();
  expect(spans.filter((span) => span !== root).map(({ parentSpanId }) => parentSpanId)).toEqual(
    spans.slice(1).map(() => root?.spanId),
  );
  expect(spans.map(({ name, error }) => (error ? `${name}: ${error}` : name)).sort()).toEqual([
    'chat model',
    'chat model',
    'execute_tool http_fetch',
    'execute_tool http_fetch: crash',
    'handover',
    'invoke_agent main',
  ]);
  expect(root?.attributes).toMatchObject({
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.conversation.id': 'chat',
    'midturn.outcome': 'answered',
  });
  expect(spans[0]?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'far',
    'gen_ai.request.model': 'model',
  });
  expect(new Set(receiver.tokens)).toEqual(new Set([SECRET]));
  expect(JSON.stringify(spans)).not.toMatch(/looking|what is it|counted page|127\.0\.0\.1/);
});

it.concurrent('[O5] [K4] content is sent only when it is wanted, without the secrets of the configuration', async (t) => {
  const receiver = await openReceiver(t);
  const { daemon } = await thinkingDaemon(t, fetchOnce, () => exportTo(receiver, { content: true }));
  await daemon.client.sendAndWait('chat', { id: 'm', text: 'go' }, 20);
  await receiver.waitUntil(({ spans }) => spans.some(({ name }) => name === 'invoke_agent main'));

  const text = JSON.stringify(receiver.spans);
  expect(text).toContain('looking');
  expect(text).toContain('counted page');
  expect(text).not.toContain(SECRET);
});

it.concurrent('[J8] [O5] metrics are served for Prometheus and pushed over OTLP', async (t) => {
  const receiver = await openReceiver(t);
  const { daemon } = await thinkingDaemon(t, fetchOnce, () => exportTo(receiver));
  await daemon.client.sendAndWait('a-session', { id: 'm', text: 'go' }, 20);

  await expect.poll(() => daemon.client.readMetrics()).toContain('midturn_turns_total{');
  const text = await daemon.client.readMetrics();
  const samples = new Map(
    text
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line): [string, number] => [
        line.slice(0, line.lastIndexOf(' ')),
        Number(line.split(' ').at(-1)),
      ]),
  );
  expect([...samples.values()].every(Number.isFinite)).toBe(true);
  expect(samples.get('midturn_turns_total{outcome="answered",gen_ai_agent_name="main"}')).toBe(1);
  expect(samples.get('midturn_sessions{status="idle"}')).toBe(1);
  expect(samples.get('midturn_approvals_waiting')).toBe(0);
  expect(samples.get('midturn_generations_total')).toBe(1);
  expect(samples.get('midturn_handovers_total')).toBe(0);
  expect(samples.get('midturn_tool_duration_count{gen_ai_tool_name="http_fetch"}')).toBe(1);
  expect([...samples.keys()].join('\n')).toMatch(/gen_ai_client_operation_duration_bucket\{.*le="/);
  expect([...samples.keys()].join('\n')).toContain('midturn_journal_commit_duration_count');
  expect([...samples.keys()].join('\n')).toContain('nodejs_eventloop_delay{quantile="0.99"}');
  expect(text).not.toContain('a-session');
  await receiver.waitUntil(({ metricNames }) => metricNames.has('midturn.turns'));
});

it.concurrent('[O5] telemetry is switched off and on by the file, and a receiver that is down stops nothing', async (t) => {
  const receiver = await openReceiver(t);
  const { daemon, server } = await thinkingDaemon(t, fetchOnce, () => ({ telemetry: { metrics: false } }));
  await expect(daemon.client.readMetrics()).rejects.toMatchObject({ code: 'metrics_off' });
  await daemon.client.sendAndWait('chat', { id: 'one', text: 'go' }, 20);

  const applied = daemon.waitForLog(({ msg }) => msg === 'config:applied');
  daemon.writeConfig({ ...server.config, ...exportTo(receiver) });
  await applied;
  await daemon.client.sendAndWait('chat', { id: 'two', text: 'go' }, 20);
  await receiver.waitUntil(({ spans }) => spans.some(({ name }) => name === 'invoke_agent main'));
  expect(new Set(receiver.spans.map(({ attributes }) => attributes['midturn.turn']))).toEqual(new Set([2]));

  receiver.close();
  expect(await daemon.client.sendAndWait('chat', { id: 'three', text: 'go' }, 20)).toMatchObject({
    outcome: 'answered',
  });
  expect(await daemon.shutDown()).toBe(0);
});
