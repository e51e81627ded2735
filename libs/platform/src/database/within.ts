/**
 * Settles as `work` does, or rejects with `lateness()` when that takes longer than `ms`. The work itself goes on; what
 * it comes to is then nobody's concern.
 */
export async function within<T>(work: Promise<T>, ms: number, lateness: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(lateness()), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
