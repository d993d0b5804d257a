import type { Agent, ClientRequest } from 'node:http';
import type { Socket } from 'node:net';

/** What node:http calls on an agent; its types do not say so. */
interface RequestQueue {
  addRequest(request: ClientRequest, options: unknown): void;
}

/** The socket of one request: node-fetch shows neither, but who counts connections must know when one is free. */
export class Connection {
  #request: ClientRequest | null = null;
  #socket: Socket | null = null;
  #error: Error | null = null;

  /** The first failure of the request itself; null when there was none. Carries no address. */
  get error(): Error | null {
    return this.#error;
  }

  /** Bytes written to the socket so far, those of earlier requests on it included. */
  get bytesWritten(): number {
    return this.#socket?.bytesWritten ?? 0;
  }

  /** The same agent for one request, which is remembered here. */
  observe(shared: Agent): Agent {
    const queue = shared as unknown as RequestQueue;
    const addRequest = (request: ClientRequest, options: unknown): void => {
      this.#follow(request);
      queue.addRequest(request, options);
    };
    return Object.create(shared, { addRequest: { value: addRequest } }) as Agent;
  }

  /** Destroys the socket, unless the request is over and the socket already serves others. */
  destroy(): void {
    this.#request?.destroy();
  }

  /** Resolves when the socket is really closed, at once when it is idle and may be used again. */
  async released(): Promise<void> {
    const socket = this.#socket;
    if (socket === null || socket.closed || !isClosing(socket)) return;
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  }

  #follow(request: ClientRequest): void {
    this.#request = request;
    request.once('socket', (socket: Socket) => (this.#socket = socket));
    request.on('error', (error) => (this.#error ??= error));
  }
}

function isClosing(socket: Socket): boolean {
  return socket.destroyed || socket.writableEnded;
}
