const ANSWER_LIMIT_MS = 5_000;

/**
 * The answer of an instance on this machine, for `--health`.
 *
 * @throws Error with a sentence for people where none comes
 */
export async function askInstance(url: string): Promise<Response> {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
  } catch (error) {
    const { name, cause } = error as Error;
    const { code, message } = (cause ?? error) as NodeJS.ErrnoException;
    const why = name === 'TimeoutError' ? `no answer within ${ANSWER_LIMIT_MS / 1000} s` : (code ?? message);
    throw new Error(`Nothing answers at ${url} (${why}); is it running, and on this port?`, { cause: error });
  }
}
