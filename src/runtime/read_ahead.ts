/**
 * The same items, the next one asked for while its forerunner is worked on: reading and what is done
 * with it go side by side.
 */
export async function* readAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, void> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const item = await next;
      if (item.done === true) return;
      next = iterator.next();
      // A failure is for whoever asks for that item; nobody may.
      next.catch(() => {});
      yield item.value;
    }
  } finally {
    await next.catch(() => {});
    await iterator.return?.();
  }
}
