import { z } from 'zod';
import type { ApplyClass } from '../src/config/fields/fields.ts';
import { type ConfigKey, listKeys, unwrapSchema } from '../src/config/fields/keys.ts';
import { configSchema } from '../src/config/schema/schema.ts';

const APPLIES: Record<ApplyClass, string> = {
  live: 'at once',
  handover: 'by a handover',
  none: 'no effect',
};

/** JSON Schema of `midturn.jsonc`, for editors. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ jsonSchema, path }) => {
      addDescriptions(jsonSchema);
      if (path.at(-1) !== 'propertyNames') allowReferences(jsonSchema);
    },
  });
  const text = JSON.stringify({ title: 'Midturn configuration', ...schema }, null, 2);
  return `${text.replaceAll(/( *"\w+": )\[\s+("[^"]*"(?:,\s+"[^"]*")*)\s+\]/g, oneLine)}\n`;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

function addDescriptions(schema: JsonSchema): void {
  const { apply, default: byDefault, description } = schema;
  for (const own of ['apply', 'shape', 'secret', 'plain']) delete schema[own];
  if (JSON.stringify(byDefault) === '{}') delete schema.default;
  if (isApply(apply) && apply !== 'none')
    schema.description = `${description} Changes apply ${APPLIES[apply]}.`;
}

/** Allows references in the schema: a reference matches no pattern itself, but its value may. */
function allowReferences(schema: JsonSchema): void {
  const { pattern, minLength } = schema;
  if (pattern === undefined && minLength === undefined) return;
  delete schema.pattern;
  delete schema.minLength;
  schema.anyOf = [
    { ...(pattern === undefined ? {} : { pattern }), ...(minLength === undefined ? {} : { minLength }) },
    { pattern: '\\$\\{(env|file):' },
  ];
}

/** Writes short lists on one line, as the formatter of this repository does. */
function oneLine(text: string, name: string, items: string): string {
  const line = `${name}[${items.replaceAll(/\s+/g, ' ')}]`;
  return line.length < 110 ? line : text;
}

/** The reference page: every key with its type, default, apply class and description. */
export function configReference(): string {
  const keys = listKeys(configSchema);
  const top = keys.filter(({ path, leaf }) => path.length === 1 && leaf);
  const groups = keys.filter(({ path, leaf }) => path.length === 1 && !leaf);
  const sections = groups.map((group) => {
    const below = keys.filter(({ path }) => path.length > 1 && path[0] === group.path[0]);
    return `## ${pathText(group)}\n\n${group.meta.description}\n\n${renderTable(below)}`;
  });
  return `${[INTRODUCTION, renderTable(top), ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Configuration reference

<!-- Made by scripts/docs.ts from src/config/schema/schema.ts; edit that instead. -->

Every key of \`midturn.jsonc\`. [The guide](../guide/configuration.md) explains the file. \`<name>\` is a name that you
choose, \`[]\` stands for each entry of a list. "Applied" says how a change comes into force: *at once* means from the
next step of every session, *by a handover* means that a new generation takes over while sessions go on. Sizes count in
1,024s.`;

function renderTable(keys: readonly ConfigKey[]): string {
  const rows = keys.map((key) =>
    [`\`${pathText(key)}\``, typeText(key), defaultText(key), appliedText(key), descriptionText(key, keys)]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  );
  const head = ['Key | Type | Default | Applied | Description', '--- | --- | --- | --- | ---'];
  return [...head, ...rows].map((row) => `| ${row} |`).join('\n');
}

function pathText({ path }: ConfigKey): string {
  return path
    .map((segment) => (segment === '*' ? '.<name>' : segment === '[]' ? '[]' : `.${segment}`))
    .join('')
    .slice(1);
}

function typeText({ schema, meta, leaf, path, types }: ConfigKey): string {
  if (!leaf) return 'object';
  if (path.at(-1) === 'type') return types.map((type) => `\`${type}\``).join(', ');
  return meta.shape ?? kindText(unwrapSchema(schema));
}

function kindText(schema: z.ZodType): string {
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => `\`${option}\``).join(', ');
  if (schema instanceof z.ZodNumber) return `${schema.minValue} to ${schema.maxValue?.toLocaleString('en')}`;
  if (schema instanceof z.ZodUnion) return 'list or object';
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodString ? 'strings' : 'list';
  return schema instanceof z.ZodRecord ? 'strings by name' : schema.type;
}

function defaultText({ byDefault, schema, leaf }: ConfigKey): string {
  if (!schema.isOptional()) return 'required';
  return byDefault === undefined || !leaf ? '' : `\`${JSON.stringify(byDefault)}\``;
}

function appliedText({ meta }: ConfigKey): string {
  return meta.apply ? APPLIES[meta.apply] : '';
}

function descriptionText({ meta, types, path }: ConfigKey, keys: readonly ConfigKey[]): string {
  const some = types.length > 0 && path.at(-1) !== 'type' && types.length < countChoices(path, keys);
  return some
    ? `${meta.description} Only for ${types.map((type) => `\`${type}\``).join(', ')}.`
    : `${meta.description}`;
}

/** How many types there are to choose from where a key belongs to some of them. */
function countChoices(path: readonly string[], keys: readonly ConfigKey[]): number {
  const around = (key: ConfigKey) => key.path.at(-1) === 'type' && key.path.slice(0, -1).every(fits);
  const fits = (segment: string, index: number) => path[index] === segment;
  return keys.find(around)?.types.length ?? 0;
}

function isApply(value: unknown): value is ApplyClass {
  return typeof value === 'string' && value in APPLIES;
}
