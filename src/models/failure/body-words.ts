/** Extracts the readable message of a body that is not JSON: the title of a web page, or the text itself. */
export function readBodyWords(body: string): string | undefined {
  const text = body.trim();
  if (!isPage(text)) return text || undefined;
  const title = /<title[^>]*>([^<]+)/i.exec(text)?.[1] ?? /<h1[^>]*>([^<]+)/i.exec(text)?.[1];
  return squeeze(title ?? withoutTags(text)) || undefined;
}

export function isPage(body: string): boolean {
  return body.trimStart().startsWith('<');
}

/** Removes tags, scripts and styles from the first 20,000 characters; a page may be long. */
function withoutTags(text: string): string {
  return text
    .slice(0, 20_000)
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ');
}

function squeeze(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
