/** Health and metrics on a port of their own, which is not for the world. */
import { createServer, type Server } from 'node:http'
import type { Metrics } from './metrics.ts'
import type { Relay } from './relay.ts'
import type { RelayStorage } from './storage/storage.ts'

export interface OperationsDeps {
  readonly relay: Relay
  readonly storage: RelayStorage
  readonly metrics: Metrics
  readonly isStopping: () => boolean
}

export const createOperationsServer = ({ relay, storage, metrics, isStopping }: OperationsDeps): Server =>
  createServer((request, response) => {
    const answer = async (): Promise<readonly [status: number, text: string]> => {
      switch (request.url) {
        case '/healthz':
          return [200, 'ok\n']
        case '/readyz':
          if (isStopping()) return [503, 'stopping\n']
          return storage.checkWritable().then(
            () => [200, 'ready\n'],
            () => [503, 'storage is not writable\n'],
          )
        case '/metrics':
          return [200, await metrics.text(relay.gauges())]
        default:
          return [404, 'no such page\n']
      }
    }
    void answer().then(([status, text]) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
    })
  })
