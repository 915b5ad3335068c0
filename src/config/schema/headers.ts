import { z } from 'zod';

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'a header name has no spaces or colons');
const headerValue = z.string().regex(/^[^\r\n\0]*$/, 'a header value is one line');

/** HTTP headers, by name. */
export const headerFields = z.record(headerName, headerValue);
