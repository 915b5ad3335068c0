type Post = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Repeats a request without `stream_options` when the server refuses that key, and omits it from then on for that
 * address. The key only asks for the usage, and older servers do not know it.
 */
export function retryWithoutOptions(post: Post): Post {
  const refusing = new Set<string>();
  return async (url, init) => {
    const shorter = omitOptions(init);
    if (!shorter) return post(url, init);
    if (refusing.has(url)) return post(url, shorter);
    const response = await post(url, init);
    if (response.ok || !REFUSAL_STATUSES.has(response.status)) return response;
    const words = await response.text();
    if (!/stream_options|include_usage/.test(words)) return new Response(words, response);
    refusing.add(url);
    return post(url, shorter);
  };
}

const REFUSAL_STATUSES: ReadonlySet<number> = new Set([400, 404, 422, 501]);

/** The key as the packages serialize it; it cannot match conversation text, in which the quotes are escaped. */
const OPTIONS = ',"stream_options":{"include_usage":true}';

/** Returns the request without the key; undefined when it does not contain it. */
function omitOptions(init: RequestInit): RequestInit | undefined {
  const { body } = init;
  if (typeof body !== 'string' || !body.includes(OPTIONS)) return undefined;
  return { ...init, body: body.replace(OPTIONS, '') };
}
