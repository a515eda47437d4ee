/**
 * The same items, the next one asked for while its forerunner is worked on: reading and what is done
 * with it go side by side.
 *
 * @param onAhead Told of an item that is there before its turn.
 */
export async function* readAhead<T>(
  items: AsyncIterable<T>,
  onAhead: (item: T) => void = () => {},
): AsyncGenerator<T, void, void> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const item = await next;
      if (item.done === true) return;
      next = iterator.next();
      next.then(({ done, value }) => done === true ? undefined : onAhead(value), () => {
        // A failure is for whoever asks for that item; nobody may.
      });
      yield item.value;
    }
  } finally {
    await next.catch(() => {});
    await iterator.return?.();
  }
}
