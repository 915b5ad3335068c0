/**
 * Returns text from models, tools or clients in a form that is safe to display: characters that control a terminal,
 * reorder text or are invisible become `\u{…}`. Line breaks, tabs and whole emoji are kept.
 */
export function toVisibleText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll('\r\n', '\n').replaceAll(createHidden(), escapeUnlessEmoji);
}

/**
 * Returns the lines of a text that an approver decides about. Each break is marked with `↵`. In addition to what
 * `toVisibleText` escapes, tabs, carriage returns, unusual spaces and long runs of spaces are spelled out, so that two
 * different texts never look the same.
 */
export function toVisibleLines(text: string): string[] {
  const lines = text.replaceAll(createUnclear(), escapeUnlessEmoji).split('\n');
  return lines.map((line, index) => {
    const spelled = line.replaceAll(/ {32,}/g, (run) => ` \\u{20}×${run.length} `);
    return index < lines.length - 1 ? `${spelled}↵` : spelled;
  });
}

/** Returns the result of `toVisibleLines` on one line, in which `↵` stands for each line break. */
export function toVisibleLine(text: string): string {
  return toVisibleLines(text).join(' ');
}

/** Returns equivalent JSON without invisible characters: those that JSON leaves unescaped become `\uXXXX`. */
export function toVisibleJson(json: string): string {
  return json.replaceAll(
    createHidden(),
    (found, emoji?: string) => emoji ?? found.split('').map(jsonEscape).join(''),
  );
}

/** Printable ASCII with line breaks and tabs, such as most text, has nothing to hide. */
const PLAIN = /^[\n\t -~]*$/;

/**
 * Built at the first use, because V8 reads its emoji tables for several milliseconds, which every start would pay.
 * Emoji made of several characters may contain joiners; those with tags, such as some flags, are escaped.
 */
const createHidden = () =>
  /([\p{RGI_Emoji}--\p{RGI_Emoji_Tag_Sequence}])|[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n\t]]/gv;

const createUnclear = () =>
  /([\p{RGI_Emoji}--\p{RGI_Emoji_Tag_Sequence}])|[[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800↵]--[\n ]]|\\(?=u\{)/gv;

function escapeUnlessEmoji(found: string, emoji?: string): string {
  return emoji ?? `\\u{${found.codePointAt(0)?.toString(16)}}`;
}

function jsonEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
