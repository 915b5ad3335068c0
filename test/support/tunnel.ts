import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A proxy that forwards every tunnel to `target`, or refuses it with `refusal`. */
export async function tunnelTo(target: { url: string }, refusal?: string) {
  const tunnels: string[] = [];
  const proxy: Server = createServer();
  proxy.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    if (refusal !== undefined) return void socket.end(refusal);
    const { hostname, port } = new URL(target.url);
    const there = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(there).pipe(socket);
    });
    for (const each of [there, socket]) each.on('error', () => {});
    socket.on('close', () => there.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    tunnels,
    close: () =>
      new Promise<unknown>((resolve) => {
        proxy.close(resolve);
        proxy.closeAllConnections();
      }),
  };
}
