import { z } from 'zod';
import { countField, defineGroup, defineKey, nameField, optionalDurationField } from '../fields/fields.ts';
import { headerFields } from './headers.ts';
import { webAddress } from './web-address.ts';

const url = webAddress('https://api.example.com/v1', '"apiKey" or "headers"');

const concurrency = defineKey(
  countField(8, 1, 1024),
  'live',
  'How many model calls may run at once; others wait their turn.',
);

const dollars = z.number().min(0).max(1_000_000);

const modelPrices = z.strictObject({
  input: dollars,
  output: dollars,
  cached: dollars.optional(),
  cacheWrite: dollars.optional(),
});

const remote = {
  apiKey: defineKey(
    z.string().min(1).optional(),
    'live',
    `The API key. Write it as a reference, such as "\${env:OPENAI_API_KEY}".`,
    { secret: true },
  ),
  headers: defineKey(headerFields.optional(), 'live', 'Headers sent with every request, by name.', {
    secret: true,
  }),
  modalities: defineKey(
    z.array(z.enum(['image', 'pdf', 'audio', 'video'])).optional(),
    'live',
    'What the models take besides text; other files are described to them in a line. When absent: images and PDF files, for `google` also audio and video, for `openai-compatible` images only.',
  ),
  prices: defineKey(
    z.record(z.string().min(1), modelPrices).optional(),
    'live',
    'What calls cost, by model, in US dollars for a million tokens: `input`, `output`, and where they differ from `input`, `cached` and `cacheWrite`. They come before the catalogue of prices; a model in neither has an unknown cost.',
  ),
  concurrency,
};

const typeKey = <T extends string>(value: T) =>
  defineKey(z.literal(value), 'live', 'The kind of provider; decides which other keys it has.');

const baseUrl = 'Where the API is, its version included.';

const scriptStep = z.strictObject({
  text: defineKey(z.string().optional(), 'live', 'What the model says in this call.', { plain: true }),
  tools: defineKey(
    z.array(z.strictObject({ name: z.string().min(1), input: z.json() })).optional(),
    'live',
    'The tools that the model calls: `name` and `input` of each.',
  ),
  delay: defineKey(optionalDurationField('1d'), 'live', 'How long the model thinks before the first token.'),
  tokenDelay: defineKey(optionalDurationField('1h'), 'live', 'How long each word takes.'),
});

const provider = z.discriminatedUnion('type', [
  z.strictObject({
    type: typeKey('openai'),
    baseUrl: defineKey(url.optional(), 'live', baseUrl, { plain: true }),
    api: defineKey(
      z.enum(['responses', 'chat']).optional(),
      'live',
      'Which of the two OpenAI APIs to speak; `responses` when absent.',
    ),
    ...remote,
  }),
  z.strictObject({
    type: typeKey('openai-compatible'),
    baseUrl: defineKey(url, 'live', baseUrl, { plain: true }),
    ...remote,
  }),
  z.strictObject({
    type: typeKey('anthropic'),
    baseUrl: defineKey(url.optional(), 'live', baseUrl, { plain: true }),
    ...remote,
  }),
  z.strictObject({
    type: typeKey('google'),
    baseUrl: defineKey(url.optional(), 'live', baseUrl, { plain: true }),
    ...remote,
  }),
  z.strictObject({
    type: typeKey('scripted'),
    concurrency,
    scripts: defineGroup(
      z.record(nameField, z.array(scriptStep).min(1)).optional(),
      'What the model does, by model name: one entry for each model call of a turn. `echo` is built in.',
    ),
  }),
]);

/** The section `providers`: model providers by name. A provider named `scripted` always exists, see resolve.ts. */
export const providersSection = defineGroup(
  z.record(nameField, provider).prefault({}),
  'Where models come from, by name. A provider named `scripted`, which needs no network, is always there.',
);
