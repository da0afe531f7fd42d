/** A door before a PostgreSQL that speaks TLS, or says that it does not. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** For localhost, and known to everybody: it protects nothing. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTQZwsJyYoWbtfocc
C89t+F/U5I+ZF/CsvzGpFWQud9KhRANCAAQ3eZnT1luzR/X5xFaM08V884w0DVKI
hStt/jBKbAohlnKqbcdtF7m3ZFJJGDqwERqwDQgX8tMBwN3tymDqM1ub
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUd44NHuI3GWIyBxruRNPRWqb2470wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA5MTMyN1oYDzIxMjYxMDI4
MDkxMzI3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQ3eZnT1luzR/X5xFaM08V884w0DVKIhStt/jBKbAohlnKqbcdtF7m3
ZFJJGDqwERqwDQgX8tMBwN3tymDqM1ubo28wbTAdBgNVHQ4EFgQUg/NQOsvXjJVP
N3YqAw0Oy3ibhukwHwYDVR0jBBgwFoAUg/NQOsvXjJVPN3YqAw0Oy3ibhukwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAJWNoFZzNpXOHjl8kVWQNhrgz6GBahKlq5tpV9EL2jwAAiEA
3s447bexy9op5vstt4i/j6B54+JD42ClqtzE1ljotnA=
-----END CERTIFICATE-----`;

export interface TlsFront {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** `answer` is what the server says to the question for TLS: it goes on in TLS after S, and in the clear after N. */
export async function openTlsFront(
  target: { host: string; port: number },
  answer: string,
): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  const keep = <Kind extends Socket>(socket: Kind): Kind => {
    sockets.add(socket);
    return socket.on("error", () => {});
  };
  const server = createServer((client) => {
    keep(client).once("data", () => {
      client.write(answer);
      const plain = answer === "S" ? keep(new TLSSocket(client, { isServer: true, key, cert })) : client;
      const upstream = keep(connect(target));
      plain.pipe(upstream).pipe(plain);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
