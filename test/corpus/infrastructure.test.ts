/** Consoles of machines, clusters and networks, each in its own way of naming and saving. */
import { describe, expect, test } from 'vitest'
import { visit } from './visit.ts'

const form = {
  requestHeaders: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  type: 'xhr',
}

describe('an orchestrator whose objects carry metadata, spec and status', () => {
  const deployment = (replicas: number, resourceVersion: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: '6f1c2a34-0000-4000-8000-000000000001',
      resourceVersion,
      generation: 4,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'web' },
      managedFields: [
        { manager: 'kubectl', operation: 'Update', time: '2026-01-01T00:00:00Z', fieldsV1: { 'f:spec': {} } },
      ],
    },
    spec: {
      replicas,
      template: { spec: { containers: [{ name: 'web', image: 'nginx:1.25', resources: {} }] } },
    },
    status: { replicas, readyReplicas: replicas, observedGeneration: 4 },
  })
  test('PUT of the whole object, merge patch, scale, creation by server-side apply', () => {
    expect(
      visit()
        .get('/apis/apps/v1/namespaces/shop/deployments/web', deployment(2, '101'))
        .send(
          'PUT',
          '/apis/apps/v1/namespaces/shop/deployments/web',
          deployment(3, '101'),
          deployment(3, '102'),
        )
        .send(
          'PATCH',
          '/apis/apps/v1/namespaces/shop/deployments/web',
          { spec: { replicas: 5 } },
          deployment(5, '103'),
          {
            requestHeaders: { 'content-type': 'application/merge-patch+json' },
          },
        )
        .send(
          'POST',
          '/api/v1/namespaces/shop/configmaps',
          { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'flags' }, data: { dark: 'true' } },
          {
            kind: 'ConfigMap',
            apiVersion: 'v1',
            metadata: { name: 'flags', uid: '6f1c2a34-0000-4000-8000-000000000009', resourceVersion: '9' },
            data: { dark: 'true' },
          },
          { status: 201 },
        )
        .send('DELETE', '/api/v1/namespaces/shop/pods/web-7d4b9c6f5-x2x1z', undefined, {
          kind: 'Pod',
          metadata: { name: 'web-7d4b9c6f5-x2x1z' },
        })
        .send(
          'POST',
          '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          {
            kind: 'SelfSubjectAccessReview',
            apiVersion: 'authorization.k8s.io/v1',
            spec: { resourceAttributes: { verb: 'list' } },
          },
          { kind: 'SelfSubjectAccessReview', status: { allowed: true } },
          { status: 201 },
        )
        .recorded(),
    ).toEqual([
      'update deployment web: /spec/replicas 2 → 5',
      'create config map flags',
      'delete pod web-7d4b9c6f5-x2x1z',
    ])
  })
})

describe('a key-value store', () => {
  test('the value is the body, whatever it looks like', () => {
    expect(
      visit()
        .get('/v1/kv/?keys&dc=dc1', ['shop/title', 'shop/limit'])
        .get('/v1/kv/shop/title?dc=dc1', [
          { Key: 'shop/title', Value: 'QWNtZQ==', Flags: 0, LockIndex: 0, CreateIndex: 7, ModifyIndex: 7 },
        ])
        .send('PUT', '/v1/kv/shop/title?dc=dc1&flags=0', 'Acme Shop', 'true', {
          requestHeaders: { 'content-type': 'text/plain' },
        })
        .send('DELETE', '/v1/kv/shop/limit?dc=dc1', undefined, 'true')
        .recorded(),
    ).toEqual(['update kv shop/title: /Value "Acme" → "Acme Shop"', 'delete kv shop/limit'])
  })
})

describe('saved objects of a dashboard suite', () => {
  test('PUT with attributes, bulk delete, settings by key', () => {
    expect(
      visit()
        .send(
          'POST',
          '/api/saved_objects/_bulk_get',
          [{ id: 'd1', type: 'dashboard' }],
          {
            saved_objects: [
              {
                id: 'd1',
                type: 'dashboard',
                version: 'WzEsMV0=',
                attributes: { title: 'Ops', description: 'x', timeRestore: false },
                references: [],
              },
            ],
          },
          { requestHeaders: { 'kbn-xsrf': 'reporting', 'content-type': 'application/json' } },
        )
        .send(
          'PUT',
          '/api/saved_objects/dashboard/d1',
          {
            attributes: { title: 'Ops 2', description: 'x', timeRestore: false },
            references: [],
            version: 'WzEsMV0=',
          },
          {
            id: 'd1',
            type: 'dashboard',
            version: 'WzIsMV0=',
            updated_at: '2026-01-05T09:00:00Z',
            attributes: { title: 'Ops 2', description: 'x', timeRestore: false },
            references: [],
          },
        )
        .get('/api/settings', {
          settings: { 'dateFormat:tz': { userValue: 'Browser' }, buildNum: { userValue: 1 } },
        })
        .send(
          'POST',
          '/internal/kibana/settings',
          { changes: { 'dateFormat:tz': 'UTC' } },
          { settings: { 'dateFormat:tz': { userValue: 'UTC' }, buildNum: { userValue: 1 } } },
        )
        .send('POST', '/internal/bsearch', { batch: [{ request: { params: {} } }] }, '{"id":0,"result":{}}')
        .send(
          'POST',
          '/api/saved_objects/_find',
          { type: 'search', perPage: 10 },
          { saved_objects: [], total: 0 },
        )
        .send('POST', '/api/ui_counters/_report', { report: { uiCounter: {} } }, { status: 'ok' })
        .recorded(),
    ).toEqual([
      'update dashboard d1: /attributes/title "Ops" → "Ops 2"',
      expect.stringMatching(/^update setting: \/dateFormat:tz "Browser" → "UTC"$/),
    ])
  })
})

describe('an identity server', () => {
  const realm = {
    id: 'r-1',
    realm: 'acme',
    displayName: 'Acme',
    enabled: true,
    sslRequired: 'external',
    registrationAllowed: false,
    rememberMe: false,
    verifyEmail: false,
    accessTokenLifespan: 300,
    ssoSessionIdleTimeout: 1800,
    smtpServer: {},
    attributes: { cibaExpiresIn: '120', frontendUrl: '' },
    browserSecurityHeaders: { xFrameOptions: 'SAMEORIGIN', xRobotsTag: 'none' },
  }
  const user = '/admin/realms/acme/users/8f3d0000-1111-4222-8333-444455556666'
  test('PUT of the realm and of a user, a creation that only its Location names', () => {
    const recorded = visit()
      .get('/admin/realms/acme', realm)
      .send(
        'PUT',
        '/admin/realms/acme',
        { ...realm, registrationAllowed: true, accessTokenLifespan: 600 },
        '',
        {
          status: 204,
        },
      )
      .get('/admin/realms/acme/users/8f3d0000-1111-4222-8333-444455556666', {
        id: '8f3d0000-1111-4222-8333-444455556666',
        username: 'bo',
        email: 'bo@acme.example',
        emailVerified: false,
        enabled: true,
        attributes: { locale: ['en'] },
      })
      .send(
        'PUT',
        '/admin/realms/acme/users/8f3d0000-1111-4222-8333-444455556666',
        {
          id: '8f3d0000-1111-4222-8333-444455556666',
          username: 'bo',
          email: 'bo@acme.example',
          emailVerified: true,
          enabled: true,
          attributes: { locale: ['de'] },
        },
        '',
        { status: 204 },
      )
      .send(
        'POST',
        '/admin/realms/acme/clients',
        { protocol: 'openid-connect', clientId: 'portal', name: '', enabled: true, redirectUris: ['/*'] },
        '',
        {
          status: 201,
          responseHeaders: {
            location: 'https://app.example/admin/realms/acme/clients/0a0b0c0d-1111-4222-8333-444455556666',
          },
        },
      )
    expect(recorded.recorded()).toEqual([
      'update realm acme: /registrationAllowed false → true, /accessTokenLifespan 300 → 600',
      'update user 8f3d0000-1111-4222-8333-444455556666: /emailVerified false → true, /attributes/locale ["en"] → ["de"]',
      'create client 0a0b0c0d-1111-4222-8333-444455556666',
    ])
  })
  test('roles come and go as lists of what exists elsewhere', () => {
    const role = [{ id: 'role-9', name: 'auditor', composite: false, containerId: 'r-1' }]
    expect(visit().send('POST', `${user}/role-mappings/realm`, role, '', { status: 204 }).recorded()).toEqual(
      ['update user 8f3d0000-1111-4222-8333-444455556666: /role-mappings ? → ["auditor"]'],
    )
    expect(
      visit()
        .get(user, {
          id: '8f3d0000-1111-4222-8333-444455556666',
          username: 'bo',
          'role-mappings': ['auditor', 'admin'],
        })
        .send('DELETE', `${user}/role-mappings/realm`, role, '', { status: 204 })
        .recorded(),
    ).toEqual([
      'update user 8f3d0000-1111-4222-8333-444455556666: /role-mappings ["auditor","admin"] → ["admin"]',
    ])
  })
  test('a new password is the value of its verb, and nowhere to be read', () => {
    const recorded = visit().send(
      'PUT',
      `${user}/reset-password`,
      { temporary: true, type: 'password', value: 'hunter2-not-real' },
      '',
      { status: 204 },
    )
    expect(recorded.recorded()[0]).toContain('/password ? → {"$redacted":"password"}')
    expect(JSON.stringify(recorded.drafts())).not.toContain('hunter2')
  })
})

describe('management of a server by its own controller', () => {
  test('PATCH with an @odata document, actions, account slots', () => {
    expect(
      visit()
        .get('/redfish/v1/Managers/1/NetworkProtocol', {
          '@odata.id': '/redfish/v1/Managers/1/NetworkProtocol',
          '@odata.etag': 'W/"1"',
          Id: 'NetworkProtocol',
          Name: 'Manager Network Protocol',
          HostName: 'bmc1',
          NTP: { ProtocolEnabled: false, NTPServers: ['', ''] },
          SSH: { ProtocolEnabled: true, Port: 22 },
        })
        .send(
          'PATCH',
          '/redfish/v1/Managers/1/NetworkProtocol',
          { NTP: { ProtocolEnabled: true } },
          {
            error: {
              code: 'iLO.0.10.ExtendedInfo',
              '@Message.ExtendedInfo': [{ MessageId: 'Base.1.4.Success' }],
            },
          },
        )
        .get('/redfish/v1/AccountService/Accounts/3', {
          '@odata.id': '/redfish/v1/AccountService/Accounts/3',
          Id: '3',
          UserName: 'ops',
          RoleId: 'ReadOnly',
          Enabled: true,
        })
        .send('PATCH', '/redfish/v1/AccountService/Accounts/3', { RoleId: 'Operator' }, '', {
          status: 204,
          requestHeaders: { 'content-type': 'application/json' },
        })
        .recorded(),
    ).toEqual([
      'update network protocol 1: /NTP/ProtocolEnabled false → true',
      'update account 3: /RoleId "ReadOnly" → "Operator"',
    ])
  })
})

describe('an edge network that wraps everything in success, errors and result', () => {
  const ok = (result: unknown) => ({ success: true, errors: [], messages: [], result })
  test('records, settings by name, rules', () => {
    expect(
      visit()
        .get('/api/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/dns_records?per_page=100', {
          ...ok([
            {
              id: '372e67954025e0ba6aaa6d586b9e0b59',
              type: 'A',
              name: 'www.acme.example',
              content: '192.0.2.1',
              proxied: true,
              ttl: 1,
              settings: {},
            },
          ]),
          result_info: { page: 1, total_count: 1 },
        })
        .send(
          'PATCH',
          '/api/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/dns_records/372e67954025e0ba6aaa6d586b9e0b59',
          { content: '192.0.2.7' },
          ok({
            id: '372e67954025e0ba6aaa6d586b9e0b59',
            type: 'A',
            name: 'www.acme.example',
            content: '192.0.2.7',
            proxied: true,
            ttl: 1,
            modified_on: '2026-01-05T09:00:00Z',
          }),
        )
        .get(
          '/api/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/settings',
          ok([
            { id: 'always_use_https', value: 'off', editable: true },
            { id: 'min_tls_version', value: '1.0', editable: true },
          ]),
        )
        .send(
          'PATCH',
          '/api/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/settings/always_use_https',
          { value: 'on' },
          ok({ id: 'always_use_https', value: 'on', editable: true }),
        )
        .send(
          'DELETE',
          '/api/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/dns_records/372e67954025e0ba6aaa6d586b9e0b59',
          undefined,
          ok({ id: '372e67954025e0ba6aaa6d586b9e0b59' }),
        )
        .send(
          'POST',
          '/api/v4/zones/023e105f4ecef8ad9ca31a8372d0c353/purge_cache',
          { purge_everything: true },
          ok({ id: '1' }),
        )
        .recorded(),
    ).toEqual([
      'update dns record 372e67954025e0ba6aaa6d586b9e0b59: /content "192.0.2.1" → "192.0.2.7"',
      'update setting always_use_https: /value "off" → "on"',
      'delete dns record 372e67954025e0ba6aaa6d586b9e0b59',
    ])
  })
})

describe('a virtual machine host', () => {
  test('url-encoded PUT with a digest, deletion of options, an answer that is a task', () => {
    expect(
      visit()
        .get('/api2/json/nodes/pve/qemu/100/config', {
          data: { name: 'web', cores: 2, memory: '2048', onboot: 0, digest: 'aa11' },
        })
        .send(
          'PUT',
          '/api2/extjs/nodes/pve/qemu/100/config',
          'onboot=1&digest=aa11',
          { success: 1, data: null },
          form,
        )
        .get('/api2/json/cluster/firewall/options', { data: { enable: 0, policy_in: 'DROP', digest: 'bb' } })
        .send(
          'PUT',
          '/api2/extjs/cluster/firewall/options',
          'enable=1&digest=bb',
          { success: 1, data: null },
          form,
        )
        .send(
          'POST',
          '/api2/extjs/access/users',
          'userid=bo%40pve&password=Pw-not-real-77&enable=1&comment=',
          { success: 1, data: null },
          form,
        )
        .send(
          'PUT',
          '/api2/extjs/access/acl',
          'path=%2Fvms%2F100&roles=PVEAdmin&users=bo%40pve&propagate=1',
          { success: 1, data: null },
          form,
        )
        .send(
          'POST',
          '/api2/extjs/nodes/pve/qemu/100/status/stop',
          '',
          { success: 1, data: 'UPID:pve:1' },
          form,
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update (qemu|config) 100: \/onboot 0 → 1$/),
      expect.stringMatching(/^update (firewall )?(option|setting).*: \/enable 0 → 1$/),
      'create user bo@pve',
      expect.stringMatching(/^update acl.*/),
      expect.stringMatching(/^update qemu 100/),
    ])
  })
})

describe('the page of a router', () => {
  test('a CGI takes everything by one address; its answers are XML or words', () => {
    expect(
      visit()
        .get('/cgi-bin/luci/admin/ubus', '')
        .send(
          'POST',
          '/apply.cgi',
          'current_page=Advanced_WAN_Content.asp&next_page=Advanced_WAN_Content.asp&action_mode=apply&action_script=restart_wan&wan_proto=pppoe&wan_mtu=1492',
          '<html><body>ok</body></html>',
          { ...form, type: 'xhr' },
        )
        .recorded(),
    ).toEqual([expect.stringMatching(/^update \w+.*\/wan_proto .*"pppoe".*\/wan_mtu .*"1492"/)])
  })
  test('ubus calls in a JSON-RPC batch, where set and commit are apart', () => {
    const call = (id: number, object: string, method: string, args: unknown) => ({
      jsonrpc: '2.0',
      id,
      method: 'call',
      params: ['0123456789abcdef0123456789abcdef', object, method, args],
    })
    expect(
      visit()
        .send(
          'POST',
          '/ubus/',
          [call(1, 'uci', 'get', { config: 'network' })],
          [
            {
              jsonrpc: '2.0',
              id: 1,
              result: [
                0,
                {
                  values: {
                    lan: { '.type': 'interface', '.name': 'lan', proto: 'static', ipaddr: '192.168.1.1' },
                  },
                },
              ],
            },
          ],
        )
        .send(
          'POST',
          '/ubus/',
          [call(2, 'uci', 'set', { config: 'network', section: 'lan', values: { ipaddr: '192.168.2.1' } })],
          [{ jsonrpc: '2.0', id: 2, result: [0] }],
        )
        .send(
          'POST',
          '/ubus/',
          [call(3, 'uci', 'apply', { rollback: true, timeout: 90 })],
          [{ jsonrpc: '2.0', id: 3, result: [0] }],
        )
        .recorded(),
    ).toEqual(['update network lan: /ipaddr "192.168.1.1" → "192.168.2.1"'])
  })
  test('JSON by POST to a name of what is set, and back under the same', () => {
    expect(
      visit()
        .get('/rest/interface/ethernet', [
          { '.id': '*1', name: 'ether1', mtu: '1500', disabled: 'false', comment: '' },
          { '.id': '*2', name: 'ether2', mtu: '1500', disabled: 'false', comment: '' },
        ])
        .send(
          'PATCH',
          '/rest/interface/ethernet/*2',
          { comment: 'uplink' },
          {
            '.id': '*2',
            name: 'ether2',
            mtu: '1500',
            disabled: 'false',
            comment: 'uplink',
          },
        )
        .send(
          'POST',
          '/api/firewall/filter/setRule/3f2504e0-4f89-41d3-9a0c-0305e82c3301',
          { rule: { enabled: '0', description: 'old' } },
          { result: 'saved', uuid: '3f2504e0-4f89-41d3-9a0c-0305e82c3301' },
        )
        .send(
          'POST',
          '/api/firewall/filter/addRule/',
          { rule: { enabled: '1', description: 'web' } },
          {
            result: 'saved',
            uuid: '3f2504e0-4f89-41d3-9a0c-0305e82c3302',
          },
        )
        .send(
          'POST',
          '/api/firewall/filter/delRule/3f2504e0-4f89-41d3-9a0c-0305e82c3302',
          {},
          { result: 'deleted' },
        )
        .send(
          'POST',
          '/api/firewall/filter/addRule/',
          { rule: { enabled: '1', description: '' } },
          {
            result: 'failed',
            validations: { 'rule.description': 'needed' },
          },
        )
        .recorded(),
    ).toEqual([
      'update ethernet *2: /comment "" → "uplink"',
      expect.stringMatching(/^update (filter )?rule 3f2504e0-4f89-41d3-9a0c-0305e82c3301: \/enabled/),
      expect.stringMatching(/^create (filter )?rule 3f2504e0-4f89-41d3-9a0c-0305e82c3302$/),
      expect.stringMatching(/^delete (filter )?rule 3f2504e0-4f89-41d3-9a0c-0305e82c3302$/),
      expect.stringMatching(/^refused create (filter )?rule$/),
    ])
  })
})

describe('a container manager', () => {
  test('creation with the name in the query, actions, settings, labels', () => {
    expect(
      visit()
        .get('/api/endpoints/2/docker/containers/json?all=1', [
          {
            Id: '4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66',
            Names: ['/web'],
            Image: 'nginx',
            State: 'running',
          },
        ])
        .send(
          'POST',
          '/api/endpoints/2/docker/containers/create?name=cache',
          { Image: 'redis', HostConfig: {} },
          {
            Id: 'aa66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66',
            Warnings: [],
          },
        )
        .send(
          'POST',
          '/api/endpoints/2/docker/containers/4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66/rename?name=web2',
          undefined,
          '',
          { status: 204 },
        )
        .send(
          'DELETE',
          '/api/endpoints/2/docker/containers/4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66ad9a0b2e4f66?force=true&v=1',
          undefined,
          '',
          { status: 204 },
        )
        .get('/api/settings', {
          LogoURL: '',
          EnableTelemetry: true,
          SnapshotInterval: '5m',
          LDAPSettings: { URL: '' },
        })
        .send(
          'PUT',
          '/api/settings',
          { SnapshotInterval: '10m', EnableTelemetry: true },
          { LogoURL: '', EnableTelemetry: true, SnapshotInterval: '10m' },
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^create container aa66ad/),
      expect.stringMatching(/^update container 4f66\w+: \/\S*[nN]ame\S* .*"web2"/),
      expect.stringMatching(/^delete container 4f66/),
      'update setting: /SnapshotInterval "5m" → "10m"',
    ])
  })
})

describe('a time-series and alerting console', () => {
  test('silences and rules by POST, deletion by matcher', () => {
    expect(
      visit()
        .send(
          'POST',
          '/api/v2/silences',
          {
            matchers: [{ name: 'alertname', value: 'Down', isRegex: false }],
            startsAt: '2026-01-05T09:00:00.000Z',
            endsAt: '2026-01-05T11:00:00.000Z',
            createdBy: 'ana',
            comment: 'maintenance',
            id: null,
          },
          { silenceID: 'b3b6e1de-0000-4000-8000-1234567890ab' },
        )
        .send('DELETE', '/api/v2/silence/b3b6e1de-0000-4000-8000-1234567890ab', undefined, '')
        .send(
          'POST',
          '/api/v1/query_range',
          'query=up&start=1&end=2&step=15',
          { status: 'success', data: { result: [] } },
          form,
        )
        .recorded(),
    ).toEqual([
      'create silence b3b6e1de-0000-4000-8000-1234567890ab',
      'delete silence b3b6e1de-0000-4000-8000-1234567890ab',
    ])
  })
})
