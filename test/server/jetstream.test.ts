/** Needs nats-server: `npm test` installs it on Debian as root; elsewhere set NATS_SERVER to the path of one. */
import { afterAll, beforeAll, describe } from 'vitest'
import { openJetStreamStorage } from '../../server/storage/jetstream.ts'
import type { RelayStorage } from '../../server/storage/storage.ts'
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
  },
)
