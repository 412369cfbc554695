/** NATS servers with JetStream in processes of their own, on free ports, as one cluster. They can be killed, stopped and started. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

export interface NatsCluster {
  readonly servers: readonly string[]
  readonly kill: (node: number) => Promise<void>
  readonly start: (node: number) => Promise<void>
  /** SIGSTOP: the node is there and says nothing. Returns what lets it go on. */
  readonly freeze: (node: number) => () => void
  /** The node that leads the stream, once there is one. */
  readonly leaderOf: (stream: string) => Promise<number>
  /** Resolves when JetStream answers. */
  readonly ready: () => Promise<void>
  readonly dispose: () => Promise<void>
}

/** `NATS_SERVER`, or what `PATH` and Debian have; undefined where there is none. */
export const findNatsServer = (): string | undefined => {
  for (const program of [process.env.NATS_SERVER, 'nats-server', '/usr/sbin/nats-server']) {
    if (!program) continue
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' })
      return program
    } catch {}
  }
  return undefined
}

export const startNatsCluster = async (program: string, size: 1 | 3): Promise<NatsCluster> => {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-nats-'))
  const ports = await freePorts(2 * size)
  const clientPort = (node: number): number => ports[node] as number
  const routes = ports.slice(size).map((port) => `nats://127.0.0.1:${port}`)
  const children = new Map<number, ChildProcess>()

  const configOf = (node: number): string => {
    const data = join(folder, `n${node}`)
    mkdirSync(data, { recursive: true })
    const file = join(folder, `n${node}.conf`)
    const cluster = `cluster { name: daybook, listen: "127.0.0.1:${ports[size + node]}", routes: [${routes.map((route) => `"${route}"`).join(', ')}] }`
    writeFileSync(
      file,
      [
        `server_name: n${node}`,
        `listen: "127.0.0.1:${clientPort(node)}"`,
        `jetstream { store_dir: "${data}", max_mem: 256MB, max_file: 8GB }`,
        ...(size > 1 ? [cluster] : []),
      ].join('\n'),
    )
    return file
  }

  const start = async (node: number): Promise<void> => {
    const child = spawn(program, ['-c', configOf(node)], { stdio: ['ignore', 'ignore', 'pipe'] })
    children.set(node, child)
    await new Promise<void>((resolve, reject) => {
      let said = ''
      child.once('exit', (code) => reject(new Error(`nats-server ended with ${code}: ${said}`)))
      child.stderr.on('data', (chunk: Buffer) => {
        said += said.length < 10_000 ? chunk.toString() : ''
        if (said.includes('Server is ready')) resolve()
      })
    })
  }
  const kill = (node: number): Promise<void> => {
    const child = children.get(node)
    children.delete(node)
    if (!child || child.exitCode !== null) return Promise.resolve()
    return new Promise((resolve) => {
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  }
  const servers = Array.from({ length: size }, (_, node) => `127.0.0.1:${clientPort(node)}`)

  const untilAnswered = async <Value>(ask: () => Promise<Value | undefined>): Promise<Value> => {
    for (const end = Date.now() + 60_000; Date.now() < end; ) {
      const value = await ask().catch(() => undefined)
      if (value !== undefined) return value
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('the NATS cluster did not answer')
  }
  const withManager = async <Value>(
    use: (manager: Awaited<ReturnType<typeof jetstreamManager>>) => Promise<Value>,
  ): Promise<Value> => {
    const connection = await connect({ servers, timeout: 2_000 })
    try {
      return await use(await jetstreamManager(connection, { timeout: 2_000 }))
    } finally {
      await connection.close()
    }
  }
  const ready = async (): Promise<void> => {
    await untilAnswered(() => withManager(async (manager) => manager.getAccountInfo()))
  }

  await Promise.all(servers.map((_, node) => start(node)))
  await ready()
  return {
    servers,
    start,
    kill,
    freeze: (node) => {
      const child = children.get(node)
      child?.kill('SIGSTOP')
      return () => void child?.kill('SIGCONT')
    },
    leaderOf: (stream) =>
      untilAnswered(() =>
        withManager(async (manager) => {
          const leader = (await manager.streams.info(stream)).cluster?.leader
          return leader ? Number(leader.slice(1)) : undefined
        }),
      ),
    ready,
    dispose: async () => {
      await Promise.all(servers.map((_, node) => kill(node)))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const freePorts = async (count: number): Promise<number[]> => {
  const sockets = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const socket = createServer().listen(0, '127.0.0.1', () => resolve(socket))
        }),
    ),
  )
  const ports = sockets.map((socket) => (socket.address() as { port: number }).port)
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.close(resolve))))
  return ports
}
