/** @file A Redis of one's own, gone when it is let go. Knows nothing of queues. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/**
 * Starts `redis-server` in a temp folder. It listens on a socket there, which no other user and no other run
 * can meet.
 *
 * @returns What a client connects to, and how to end it.
 */
export async function startRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'smmap-queue-'))
  const url = join(folder, 'redis.sock')
  const options = [
    '--port',
    '0',
    '--unixsocket',
    url,
    '--unixsocketperm',
    '600',
    '--dir',
    folder,
    '--save',
    '',
  ]
  const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  const stop = async () => {
    if (server.exitCode === null && server.kill()) await once(server, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await once(server, 'spawn')
    await untilReady(server)
  } catch (cause) {
    await rm(folder, { recursive: true, force: true })
    if (cause.code !== 'ENOENT') throw cause
    const remedy =
      'install it (apt-get install redis-server, brew install redis), or name a running one by --redis'
    throw new Error(`redis-server was not found: ${remedy}`, { cause })
  }
  return { url, stop }
}

async function untilReady(server) {
  const said = []
  for await (const line of createInterface({ input: server.stdout })) {
    said.push(line)
    if (line.includes('eady to accept connections')) {
      // Nobody reads on: a full pipe would stop the server.
      server.stdout.resume()
      return
    }
  }
  throw new Error(`redis-server did not start:\n${said.join('\n')}`)
}
