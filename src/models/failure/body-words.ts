/** Extracts the readable message of a body that is not JSON: the title of a web page, or the text itself. */
export function readBodyMessage(body: string): string | undefined {
  const text = body.trim();
  if (!isWebPage(text)) return text || undefined;
  const title = /<title[^>]*>([^<]+)/i.exec(text)?.[1] ?? /<h1[^>]*>([^<]+)/i.exec(text)?.[1];
  return collapseSpaces(title ?? stripTags(text)) || undefined;
}

export function isWebPage(body: string): boolean {
  return body.trimStart().startsWith('<');
}

/** Removes tags, scripts and styles from the first 20,000 characters; a page may be long. */
function stripTags(text: string): string {
  return text
    .slice(0, 20_000)
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ');
}

function collapseSpaces(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
