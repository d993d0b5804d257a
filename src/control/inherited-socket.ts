/** Where systemd puts the first socket that it hands on (sd_listen_fds(3)). */
const FIRST = 3;

/** A socket that is open already. */
export interface InheritedSocket {
  readonly descriptor: number;
}

/**
 * The socket that systemd has opened for this process, or null. Takes the variables that say so out of `variables`:
 * programs that this one starts have no such socket.
 */
export function inheritedSocket(
  variables: Record<string, string | undefined>,
  pid: number,
): InheritedSocket | null {
  const { LISTEN_PID: owner, LISTEN_FDS: count } = variables;
  delete variables['LISTEN_PID'];
  delete variables['LISTEN_FDS'];
  delete variables['LISTEN_FDNAMES'];
  if (Number(owner) !== pid || !(Number(count) >= 1)) return null;
  return { descriptor: FIRST };
}
