/**
 * Comments of line protocol, which begin with `#`: they mean nothing, so the archive gets a blank line
 * in their place, and the lines after them keep their numbers. Other lines stay as they came.
 */

const LF = 10;
const HASH = 35;

/** The same bytes where there is no comment. */
export function withoutComments(body: Uint8Array): Uint8Array {
  if (!body.includes(HASH)) return body;
  const kept: Uint8Array[] = [];
  let from = 0, isChanged = false;
  while (from < body.length) {
    const lf = body.indexOf(LF, from);
    const end = lf === -1 ? body.length : lf;
    const isComment = body[from] === HASH;
    isChanged ||= isComment;
    kept.push(body.subarray(isComment ? end : from, Math.min(end + 1, body.length)));
    from = end + 1;
  }
  return isChanged ? new Uint8Array(Buffer.concat(kept)) : body;
}
