/** What of a server's settings depends on where it runs and for whom. */
export type Place = {
  readonly data: string
  readonly socketDirectory: string
  readonly port: number
  readonly durable: boolean
}

/** The server's command line. Sized for two cores and a few hundred megabytes, the machine of a demo or a test run. */
export function serverArguments(place: Place): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: place.port,
    unix_socket_directories: place.socketDirectory,
    unix_socket_permissions: '0700',
    // Test files run in parallel, each with pools of its own.
    max_connections: 300,
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // Compiling a plan takes longer than any of our statements.
    jit: 'off',
    ...(place.durable ? DURABLE : FAST),
  }
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', place.data, ...words]
}

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }

const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // Tests ask whether there was one, and must not wait a second for it.
  deadlock_timeout: '100ms',
  wal_level: 'minimal',
  max_wal_senders: 0,
}
