/** TCP as an argument: Bun's sockets here, simulated ones in tests. */

export interface Network {
  connect<Data>(options: Bun.TCPSocketConnectOptions<Data>): Promise<Bun.Socket<Data>>;
  listen<Data>(options: Bun.TCPSocketListenOptions<Data>): Bun.TCPSocketListener<Data>;
}

export const REAL_NETWORK: Network = {
  connect: (options) => Bun.connect(options),
  listen: (options) => Bun.listen(options),
};
