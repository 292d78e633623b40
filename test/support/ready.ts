/** Waits until the server says that it can work, half a minute at most: it has its database again. */
export async function untilReady(origin: string): Promise<void> {
  for (const until = Date.now() + 30_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const answer = await fetch(`${origin}/health/ready`);
    await answer.arrayBuffer();
    if (answer.ok) return;
    if (Date.now() > until) throw new Error(`not ready again: ${answer.status}`);
  }
}
