import { z } from 'zod';

const schema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  description: z.string().optional(),
  enum: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  default: z.unknown().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), schema).optional();
  },
  get items() {
    return schema.optional();
  },
  get oneOf() {
    return z.array(schema).optional();
  },
});

const content = z.record(z.string(), z.object({ schema }));

const operation = z.object({
  summary: z.string(),
  description: z.string().optional(),
  'x-access': z.string(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema }))
    .default([]),
  requestBody: z.object({ required: z.boolean().default(false), content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string(), content: content.optional() })),
});

const openapi = z.object({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), schema) }),
});

type Schema = z.infer<typeof schema>;
type Operation = z.infer<typeof operation>;

/** The reference page of an OpenAPI document. */
export function renderReference(document: unknown): string {
  const { paths, components } = openapi.parse(document);
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, about]) => renderRoute(method.toUpperCase(), path, about)),
  );
  const shapes = Object.entries(components.schemas)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, shape]) => `### ${name}\n\n${describeShape(shape)}`);
  return `${[INTRODUCTION, '## Routes', ...routes, '## Shapes', ...shapes].join('\n\n')}\n`;
}

const INTRODUCTION = `# HTTP reference

Generated from the OpenAPI document that every daemon serves at \`/openapi.json\`.

The daemon listens on the TCP address of \`listen\` (default \`127.0.0.1:7717\`) and on \`<home>/run/midturn.sock\`. Over TCP, requests need \`Authorization: Bearer <token>\` once the config key \`auth\` has any; over the socket they never do. Bodies are JSON with \`content-type: application/json\`. Times are milliseconds since the epoch. Errors are problem documents (RFC 9457) whose \`code\` is stable. Web pages of other origins, and requests under a foreign host name, are refused.

\`Access\` of a route says who may use it: \`open\`: every client, without a token; \`read\` and \`write\`: every client with a token; \`operate\`: operators only, which are the clients on the socket and those with one of \`auth.tokens\`.`;

function renderRoute(method: string, path: string, about: Operation): string {
  const parts = [
    `### ${method} ${path}`,
    `${about.summary}${about.summary.endsWith('?') ? '' : '.'}${about.description ? ` ${about.description}` : ''} Access: \`${about['x-access']}\`.`,
  ];
  if (about.parameters.length > 0) {
    const rows = about.parameters.map(({ name, in: place, required, schema }) =>
      renderRow(name, `${place}${required ? ', required' : ''}`, typeOf(schema), noteOf(schema)),
    );
    parts.push(renderTable(['parameter', 'in', 'type', ''], rows));
  }
  if (about.requestBody) {
    parts.push(
      `Body${about.requestBody.required ? '' : ' (optional)'}: ${typesIn(about.requestBody.content)}`,
    );
  }
  const answers = Object.entries(about.responses)
    .filter(([status]) => status !== 'default' && status !== '4XX')
    .map(([status, { description, content = {} }]) =>
      `- ${status}: ${description} ${typesIn(content)}`.trimEnd(),
    );
  return [...parts, answers.join('\n')].join('\n\n');
}

function typesIn(all: z.infer<typeof content>): string {
  return Object.entries(all)
    .map(([type, { schema }]) => (type === 'application/json' ? typeOf(schema) : `\`${type}\``))
    .join(' or ');
}

function describeShape(shape: Schema): string {
  if (shape.oneOf) return shape.oneOf.map((variant) => `- ${variantLine(variant)}`).join('\n');
  const required = new Set(shape.required);
  const rows = Object.entries(shape.properties ?? {}).map(([name, member]) =>
    renderRow(name, required.has(name) ? 'yes' : 'no', typeOf(member), noteOf(member)),
  );
  return renderTable(['member', 'always', 'type', ''], rows);
}

/** An event in one line: its name, and its members besides those that all have. */
function variantLine({ properties = {}, required = [] }: Schema): string {
  const { type, seq: _, at: __, ...members } = properties;
  const listed = Object.entries(members).map(
    ([name, member]) => `\`${name}${required.includes(name) ? '' : '?'}\` ${typeOf(member)}`,
  );
  const fields = listed.length > 0 ? `: ${listed.join(', ')}` : '';
  return `\`${type?.enum?.[0] ?? ''}\`${fields}`;
}

function typeOf(shape: Schema): string {
  if (shape.$ref) {
    const name = shape.$ref.split('/').at(-1) ?? '';
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (shape.enum) return shape.enum.map((word) => `\`${word}\``).join(' ');
  if (shape.items) return `list of ${typeOf(shape.items)}`;
  if (shape.oneOf) return shape.oneOf.map(typeOf).join(' or ');
  const type = [shape.type ?? 'any'].flat().join(' or ');
  const members = Object.keys(shape.properties ?? {});
  return members.length === 0 ? type : `${type} {${members.join(', ')}}`;
}

function noteOf(shape: Schema): string {
  const standard = shape.default === undefined ? '' : ` Default ${JSON.stringify(shape.default)}.`;
  return `${shape.description ?? ''}${standard}`.trim();
}

function renderTable(heads: string[], rows: string[]): string {
  return [renderRow(...heads), `|${'---|'.repeat(heads.length)}`, ...rows].join('\n');
}

function renderRow(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
