/** Needs nats-server: `npm test` installs it on Debian as root; elsewhere set NATS_SERVER to the path of one. */
import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openJetStreamStorage } from '../../server/storage/jetstream.ts'
import { encodeNumbered, encodeRecord, toRecord } from '../../server/storage/record.ts'
import type { AppendBatch, RelayStorage } from '../../server/storage/storage.ts'
import { peersContract, storageContract } from '../contract/storage.ts'
import { findNatsServer, type NatsCluster, startNatsCluster } from '../helpers/nats-cluster.ts'

const program = findNatsServer()

describe.skipIf(!program)(
  program ? 'JetStream' : 'JetStream (skipped: no nats-server, see NATS_SERVER)',
  () => {
    let cluster: NatsCluster
    const opened: RelayStorage[] = []
    const open = async (): Promise<RelayStorage> => {
      const storage = await openJetStreamStorage({ servers: cluster.servers, replicas: 3 })
      opened.push(storage)
      return storage
    }
    beforeAll(async () => {
      cluster = await startNatsCluster(program as string, 3)
    })
    afterAll(async () => {
      for (const storage of opened) await storage.close()
      await cluster.dispose()
    })

    storageContract(async () => ({ storage: await open(), reopen: open }))
    peersContract(open)

    test('of two records at one place the first counts, for whoever reads, follows or writes on', async () => {
      const team = 'cd'.repeat(16)
      const [storage, other] = [await open(), await open()]
      const at = (version: number, seq: number, byte: number): AppendBatch => ({
        expectedVersion: version,
        segment: 0,
        entries: [{ feed: 5, seq, bytes: Uint8Array.of(byte, byte), bodyAt: 2 }],
        head: { version: version + 1, segment: 0, entries: version + 1, bytes: 2 },
        erased: [],
        awaited: [],
      })
      await storage.createTeam(team, Uint8Array.of(1))
      await storage.append(team, at(0, 1, 10))
      const heard: number[] = []
      const leave = await other.peers?.follow(team, {
        appended: ({ head }) => heard.push(head.version),
        rosterGrew: () => undefined,
        presence: () => undefined,
        rang: () => undefined,
        lost: () => heard.push(-1),
        asked: async () => Uint8Array.of(),
      })
      expect(await storage.append(team, at(1, 2, 20))).toBe(true)
      // As two leaders let them through: each saw its place free.
      const connection = await connect({ servers: [...cluster.servers] })
      const late = encodeRecord(toRecord(at(1, 2, 99), 0, new Map()))
      await jetstream(connection).publish(`daybook.team.${team}.log.0`, late)
      await jetstream(connection).publish(`daybook.team.${team}.roster`, encodeNumbered(0, Uint8Array.of(9)))
      await connection.close()

      for (const one of [storage, other, await open()]) {
        const { head, runs } = await one.openSegment(team)
        expect([head.version, runs.flatMap(({ items }) => items.map((item) => item[0]))]).toEqual([
          2,
          [10, 20],
        ])
        expect((await one.roster(team)).map((operation) => [...operation])).toEqual([[1]])
      }
      expect(await storage.append(team, at(2, 3, 30))).toBe(true)
      await expect.poll(() => heard, { timeout: 10_000 }).toEqual([2, 3])
      expect(await other.append(team, at(3, 4, 40))).toBe(true)
      expect(await storage.append(team, at(3, 4, 50))).toBe(false)
      leave?.()
    })
  },
)
