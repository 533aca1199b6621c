/** An answer of a JSON-RPC server that is an error. */
export class RpcFailure extends Error {}

/** Calls a method of a server that may die at any moment. @throws RpcFailure for an error that it answered, anything else when it did not answer */
export async function call<T>(url: string, method: string, params: readonly unknown[] = []): Promise<T> {
  return (await calls<T>(url, [[method, params]]))[0]!
}

/** The same for many calls in one request, answers in order. */
export async function calls<T>(
  url: string,
  list: readonly (readonly [method: string, params: readonly unknown[]])[],
): Promise<T[]> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(list.map(([method, params], id) => ({ jsonrpc: '2.0', id, method, params }))),
    signal: AbortSignal.timeout(30_000),
  })
  const answers = (await response.json()) as { id: number; result: T; error?: { message: string } }[]
  const failed = answers.find(({ error }) => error)
  if (failed) throw new RpcFailure(failed.error!.message)
  return answers.sort((a, b) => a.id - b.id).map(({ result }) => result)
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
