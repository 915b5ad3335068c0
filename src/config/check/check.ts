import { createHash } from 'node:crypto';
import { ConfigError, type ConfigProblem } from '../../errors/config.ts';
import type { Home } from '../../util/home.ts';
import { createMask } from '../../util/mask.ts';
import { abbreviate } from '../../util/text.ts';
import { type Key, listKeys } from '../fields/keys.ts';
import { ENOUGH, type Finding, findings, pathText, wording } from '../fields/problems.ts';
import { canonical, meaningOf } from '../schema/meaning.ts';
import { type Config, resolveConfig } from '../schema/resolve.ts';
import { configSchema, type ParsedConfig } from '../schema/schema.ts';
import { expandReferences, type Given } from '../secrets/references.ts';
import { collectHidden, collectSecrets, findShortSecrets } from '../secrets/secrets.ts';
import { type Document, parseDocument, saysNothing } from '../source/jsonc.ts';
import { crossCheck } from './cross-check.ts';
import { checkDelegatedRules } from './delegated-rules.ts';
import { referencedFiles } from './files.ts';
import { readInstructions } from './instructions.ts';
import { checkRuleNames, type RuleFindings } from './rule-names.ts';

/** A text that is a valid configuration. */
export interface CheckedConfig {
  config: Config;
  /** The text. */
  source: string;
  /** Of the meaning: comments, white space and the order of keys do not change it. Hexadecimal SHA-256. */
  hash: string;
  /** Of everything that it means, what its references stand for and defaults included. Hexadecimal SHA-256. */
  fingerprint: string;
  /** Texts that must never be seen; give them to `createMask`. */
  secrets: string[];
  /** Texts that tools must not show: the secrets without paths that exist, and values of variables of commands and servers. */
  hidden: string[];
  /** What the operator should know of although it can be used. */
  warnings: ConfigProblem[];
  /** Absolute paths of the files that it refers to; a change of one of them may change what it means. */
  files: string[];
  /** What its references stood for. */
  given: Given;
  /** As it is written, with defaults and without paths; for comparing. */
  parsed: ParsedConfig;
}

export interface CheckOptions {
  /** Relative paths start at its root. */
  home: Home;
  env: Readonly<Record<string, string | undefined>>;
  /**
   * From an earlier check of the same text: nothing around it is looked at anew then, since what was there when it was
   * taken up may be gone.
   */
  given?: Given | undefined;
  /** How people know the text; default `midturn.jsonc`. */
  file?: string;
}

/** Checks a text completely, as at boot. Throws ConfigError with everything that is wrong, and nothing else. */
export function checkConfig(text: string, options: CheckOptions): CheckedConfig {
  const file = options.file ?? 'midturn.jsonc';
  const document = parseDocument(text);
  if (document.problems.length > 0) throw new ConfigError(file, document.problems.slice(0, ENOUGH));

  const keys = listKeys(configSchema);
  const expanded = expandReferences(document.value, { root: options.home.root, ...options });
  const secrets = collectSecrets(expanded, document.value, keys);
  const unseen = [...secrets, ...expanded.resolved.map(({ text }) => text)];
  const found = [...expanded.findings];
  const parsed = configSchema.safeParse(expanded.value, { error: wording });
  const rules = parsed.success ? ruleFindings(parsed.data, options) : NO_RULES;
  if (!parsed.success) found.push(...shapeFindings(parsed.error.issues, expanded.value, keys, found));
  else if (found.length === 0) found.push(...crossCheck(parsed.data, options), ...rules.errors);
  const instructions = readInstructions(
    parsed.success && found.length === 0 ? parsed.data : {},
    options,
    expanded.given,
  );
  found.push(...instructions.findings);
  if (found.length > 0 || !parsed.success) throw new ConfigError(file, located(found, document, unseen));
  const config = resolveConfig(parsed.data, options.home, instructions.texts);
  return {
    config,
    source: text,
    hash: hashOf(document.value),
    fingerprint: hashOf(meaningOf(parsed.data, config)),
    secrets,
    hidden: collectHidden(secrets, config),
    warnings: located(
      [...findShortSecrets(expanded, document.value, keys), ...rules.warnings],
      document,
      unseen,
    ),
    files: referencedFiles(expanded, options.home),
    given: expanded.given,
    parsed: parsed.data,
  };
}

/**
 * The same for the text of a file, which says something: whoever wants the defaults writes `{}`. A file without anything
 * in it is being written, or what a full disk or a power cut has left of one. Throws ConfigError.
 */
export function checkFileText(text: string, options: CheckOptions): CheckedConfig {
  if (!saysNothing(text)) return checkConfig(text, options);
  const problem = { path: '', line: 1, column: 1, message: 'there is nothing in the file' };
  const hint = 'write {} if the defaults are meant';
  throw new ConfigError(options.file ?? 'midturn.jsonc', [{ ...problem, hint }]);
}

/** What ran before runs again: a tool or server that has left meanwhile is no reason to begin with nothing at all. */
function ruleFindings(parsed: ParsedConfig, { given }: CheckOptions): RuleFindings {
  const { errors, warnings } = checkRuleNames(parsed);
  warnings.push(...checkDelegatedRules(parsed));
  return given ? { errors: [], warnings: [...errors, ...warnings] } : { errors, warnings };
}

const NO_RULES: RuleFindings = { errors: [], warnings: [] };

/** Without those about values whose references are already reported. */
function shapeFindings(
  issues: Parameters<typeof findings>[0],
  value: unknown,
  keys: readonly Key[],
  known: readonly Finding[],
): Finding[] {
  const reported = new Set(known.map(({ path }) => pathText(path)));
  return findings(issues, value, keys).filter(({ path }) => !reported.has(pathText(path)));
}

function located(found: Finding[], document: Document, hidden: readonly string[]): ConfigProblem[] {
  const redact = createMask(hidden, 3);
  const clean = (text: string) => clip(redact(text));
  return found
    .slice(0, ENOUGH)
    .map(({ hint, ...rest }) => ({ ...rest, message: clean(rest.message), hint: hint && clean(hint) }))
    .map(document.locate)
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** After redaction, so that no half of a secret is left. */
function clip(text: string): string {
  return abbreviate(text, 400);
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}
