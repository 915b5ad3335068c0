type Post = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Sends a request again without `stream_options` when the server refuses it for that, and leaves it out from then on
 * for that address: it only asks for the usage, and older servers know no such key.
 */
export function withoutRefusedOptions(post: Post): Post {
  const refusing = new Set<string>();
  return async (url, init) => {
    const shorter = withoutOptions(init);
    if (!shorter) return post(url, init);
    if (refusing.has(url)) return post(url, shorter);
    const response = await post(url, init);
    if (response.ok || !REFUSALS.has(response.status)) return response;
    const words = await response.text();
    if (!/stream_options|include_usage/.test(words)) return new Response(words, response);
    refusing.add(url);
    return post(url, shorter);
  };
}

const REFUSALS: ReadonlySet<number> = new Set([400, 404, 422, 501]);

/** As the packages write it; in a text of the conversation the quotes are escaped. */
const OPTIONS = ',"stream_options":{"include_usage":true}';

/** The same request without the key; undefined when it has none. */
function withoutOptions(init: RequestInit): RequestInit | undefined {
  const { body } = init;
  if (typeof body !== 'string' || !body.includes(OPTIONS)) return undefined;
  return { ...init, body: body.replace(OPTIONS, '') };
}
