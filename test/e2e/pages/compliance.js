/** Runs in a page, with and without the extension, and says what the page saw. Every value must be the same in both. */
const text = (value) =>
  value instanceof Error || value instanceof DOMException ? `${value.name}: ${value.message}` : String(value)
const thrown = (work) => {
  try {
    return `returned ${text(work())}`
  } catch (error) {
    return text(error)
  }
}
const rejected = (promise) => promise.then((value) => `resolved ${text(value)}`, text)
const flags = (object, name) => {
  const { value, get, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(object, name)
  return [
    typeof value,
    typeof get,
    writable,
    enumerable,
    configurable,
    value?.name,
    value?.length,
    Object.keys(value ?? {}).length,
  ].join()
}
const xhr = (method, url, { body, async = true, type = '', headers = {} } = {}) =>
  new Promise((done) => {
    const request = new XMLHttpRequest()
    const events = []
    for (const name of ['readystatechange', 'loadstart', 'load', 'loadend', 'error', 'abort', 'timeout'])
      request[`on${name}`] = () => {
        events.push(name + request.readyState)
        if (name === 'loadend') setTimeout(() => done({ request, events: events.join(' ') }))
      }
    request.open(method, url, async)
    if (async) request.responseType = type
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.send(body)
  })
const frame = async (attributes) => {
  const element = document.createElement('iframe')
  Object.assign(element, attributes)
  const loaded =
    attributes.src || attributes.srcdoc
      ? new Promise((done) => element.addEventListener('load', done))
      : undefined
  document.body.append(element)
  await loaded
  return element.contentWindow
}

const checks = {
  'text of the functions': () =>
    [
      fetch,
      XMLHttpRequest,
      XMLHttpRequest.prototype.open,
      XMLHttpRequest.prototype.send,
      WebSocket,
      WebSocket.prototype.send,
      navigator.sendBeacon,
      HTMLFormElement.prototype.submit,
      Function.prototype.toString,
    ].map((f) => [String(f), `${f}`, f.toString(), Function.prototype.toString.call(f)]),
  'text of what is no function': () => [
    thrown(() => Function.prototype.toString.call({})),
    thrown(() => Function.prototype.toString.call(new Proxy({}, {}))),
  ],
  'shape of the properties': () => [
    flags(window, 'fetch'),
    flags(XMLHttpRequest.prototype, 'open'),
    flags(XMLHttpRequest.prototype, 'send'),
    flags(XMLHttpRequest.prototype, 'setRequestHeader'),
    flags(Navigator.prototype, 'sendBeacon'),
    flags(window, 'WebSocket'),
    flags(WebSocket.prototype, 'send'),
    flags(WebSocket.prototype, 'constructor'),
    flags(HTMLFormElement.prototype, 'submit'),
    flags(Function.prototype, 'toString'),
  ],
  'names on window and document': () => [
    Object.getOwnPropertyNames(window)
      .filter((name) => !/^\d+$/.test(name))
      .sort(),
    Object.getOwnPropertyNames(document),
    Object.getOwnPropertySymbols(window).map(String),
    document.documentElement.getAttributeNames(),
  ],
  'identity of the functions': () => [
    fetch === window.fetch,
    self.fetch === globalThis.fetch,
    WebSocket.prototype.constructor === WebSocket,
  ],
  'what a call of fetch returns': async () => {
    const promise = fetch('/json')
    return [
      Object.prototype.toString.call(promise),
      promise instanceof Promise,
      promise.constructor === Promise,
      Object.keys(promise),
      Object.getPrototypeOf(promise) === Promise.prototype,
      (await promise) instanceof Response,
    ]
  },
  'fetch without this, with another this, taken apart': async () => {
    const { fetch: taken } = window
    return [
      await rejected(taken('/json')),
      await rejected(fetch.call(undefined, '/json')),
      await rejected(fetch.apply(window, ['/json'])),
      await rejected(fetch.call({}, '/json')),
      await rejected(fetch.bind(null)('/json')),
    ]
  },
  'fetch that fails': async () => [
    await rejected(fetch('http://127.0.0.1:1/')),
    await rejected(fetch()),
    await rejected(fetch('http://')),
    await rejected(fetch('/json', { method: 'NOT VALID' })),
    await rejected(fetch('/json', { body: 'x' })),
    await rejected(fetch('/json', null)),
    await rejected(fetch('/json', 5)),
    thrown(() => new fetch('/json')),
    await rejected(fetch(Symbol('s'))),
  ],
  'an answer as JSON': async () => {
    const response = await fetch('/json')
    return [
      response.bodyUsed,
      response.status,
      response.type,
      response.url.replace(/.*\//, ''),
      response.redirected,
      await response.json(),
      response.bodyUsed,
      await rejected(response.text()),
      thrown(() => response.clone()),
    ]
  },
  'an answer that is read in pieces as they come': async () => {
    const reader = (await fetch('/slow')).body.getReader()
    const pieces = []
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return [pieces.join(''), pieces.length > 1]
      pieces.push(new TextDecoder().decode(value))
    }
  },
  'an answer that is read into a given buffer': async () => {
    const { body } = await fetch('/json')
    return rejected(
      Promise.resolve().then(async () => {
        const { value } = await body.getReader({ mode: 'byob' }).read(new Uint8Array(5))
        return new TextDecoder().decode(value)
      }),
    )
  },
  'an answer that is cloned, teed, piped': async () => {
    const response = await fetch('/json')
    const copy = response.clone()
    const [left, right] = response.body.tee()
    return [
      await copy.text(),
      await new Response(left).text(),
      await new Response(
        right.pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream()),
      ).text(),
    ]
  },
  'an answer without a body': async () => {
    const response = await fetch('/empty')
    return [response.status, response.body, await response.text()]
  },
  'an answer that is bytes, a blob, a form': async () => [
    (await (await fetch('/json')).arrayBuffer()).byteLength,
    (await (await fetch('/json')).blob()).type,
    (await (await fetch('/bytes')).bytes()).length,
  ],
  'an answer without CORS': async () => {
    const response = await fetch(`${window.otherOrigin}/json`, { mode: 'no-cors' })
    return [
      response.type,
      response.status,
      response.body,
      await rejected(fetch(`${window.otherOrigin}/json`)),
    ]
  },
  'a redirect followed, refused, shown': async () => {
    const followed = await fetch('/redirect')
    const shown = await fetch('/redirect', { redirect: 'manual' })
    return [
      followed.redirected,
      followed.status,
      shown.type,
      shown.status,
      await rejected(fetch('/redirect', { redirect: 'error' })),
    ]
  },
  'an abort before, during the request and during the answer': async () => {
    const before = new AbortController()
    before.abort()
    const during = new AbortController()
    const waiting = rejected(fetch('/never', { signal: during.signal }))
    setTimeout(() => during.abort(new Error('my reason')), 50)
    const late = new AbortController()
    const response = await fetch('/slow', { signal: late.signal })
    late.abort()
    return [
      await rejected(fetch('/json', { signal: before.signal })),
      await waiting,
      await rejected(response.text()),
      await rejected(fetch('/never', { signal: AbortSignal.timeout(30) })),
    ]
  },
  'a request as an object': async () => {
    const request = new Request('/echo', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'x-own': '1' },
    })
    const used = request.bodyUsed
    const promise = fetch(request)
    const usedAtOnce = request.bodyUsed
    return [
      used,
      usedAtOnce,
      await (await promise).json(),
      await rejected(fetch(request)),
      thrown(() => request.clone()),
    ]
  },
  'a request object with other options': async () => {
    const request = new Request('/echo', { method: 'PUT', body: 'mine', headers: { 'x-own': '1' } })
    return [
      await (await fetch(request, { method: 'PATCH', body: 'other', headers: { 'x-own': '2' } })).json(),
      request.bodyUsed,
    ]
  },
  'what the server gets of every kind of body': async () => {
    const form = new FormData()
    form.append('a', '1')
    form.append('file', new File(['content'], 'name.txt', { type: 'text/plain' }))
    const kinds = {
      text: 'text',
      search: new URLSearchParams({ a: '1 2' }),
      blob: new Blob(['{"a":1}'], { type: 'application/json' }),
      bytes: new TextEncoder().encode('bytes'),
      buffer: new TextEncoder().encode('buffer').buffer,
    }
    const answers = {}
    for (const [kind, body] of Object.entries(kinds))
      answers[kind] = await (await fetch('/echo', { method: 'POST', body })).json()
    const { body, headers } = await (await fetch('/echo', { method: 'POST', body: form })).json()
    const boundary = headers['content-type'].split('boundary=')[1]
    return [answers, body.replaceAll(boundary, 'BOUNDARY'), body.length]
  },
  'a body that is a stream': async () => {
    let pulled = 0
    const stream = new ReadableStream({
      pull: (controller) => {
        pulled += 1
        if (pulled > 3) controller.close()
        else controller.enqueue(new TextEncoder().encode('x'))
      },
    })
    const outcome = await rejected(fetch('/echo', { method: 'POST', body: stream, duplex: 'half' }))
    const asObject = new Request('/echo', {
      method: 'POST',
      body: new ReadableStream({ start: (controller) => controller.close() }),
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    })
    return [outcome, await rejected(fetch(asObject)), asObject.bodyUsed]
  },
  'options whose getters are counted': async () => {
    const counts = {}
    const options = {}
    for (const name of ['method', 'body', 'headers', 'signal', 'mode'])
      Object.defineProperty(options, name, {
        enumerable: true,
        get: () => {
          counts[name] = (counts[name] ?? 0) + 1
          return { method: 'POST', body: 'x', headers: { 'x-own': '1' } }[name]
        },
      })
    let asked = 0
    const address = {
      toString: () => {
        asked += 1
        return '/echo'
      },
    }
    const body = await (await fetch(address, options)).json()
    return [counts, asked, body]
  },
  'a page that replaces fetch': async () => {
    const native = window.fetch
    const calls = []
    window.fetch = function (...args) {
      calls.push(args[0])
      return native.apply(this, args)
    }
    const body = await (await fetch('/json')).json()
    const replaced = String(window.fetch).slice(0, 20)
    window.fetch = native
    return [calls, body, replaced, window.fetch === native]
  },
  'a page that breaks what the hook might use': async () => {
    const kept = [
      JSON.stringify,
      Promise.prototype.then,
      Date.now,
      WeakMap.prototype.get,
      Response.prototype.clone,
    ]
    const calls = []
    JSON.stringify = (...args) => {
      calls.push('stringify')
      return kept[0](...args)
    }
    Date.now = () => {
      calls.push('now')
      return 0
    }
    WeakMap.prototype.get = () => {
      calls.push('get')
    }
    Response.prototype.clone = () => {
      calls.push('clone')
      throw new Error('no clone')
    }
    const body = await (await fetch('/json', { method: 'POST', body: 'x' })).json()
    const { request } = await xhr('POST', '/echo', { body: 'y' })
    ;[JSON.stringify, Promise.prototype.then, Date.now, WeakMap.prototype.get, Response.prototype.clone] =
      kept
    return [calls, body, JSON.parse(request.responseText).body]
  },
  'XHR, its events and its state': async () => {
    const outcomes = []
    for (const [method, url, options] of [
      ['GET', '/json'],
      ['POST', '/echo', { body: '{"a":1}', headers: { 'content-type': 'application/json' } }],
      ['GET', '/missing'],
      ['GET', 'http://127.0.0.1:1/'],
      ['DELETE', '/empty'],
      ['GET', '/redirect'],
    ]) {
      const { request, events } = await xhr(method, url, options)
      outcomes.push([
        events,
        request.status,
        request.statusText,
        request.responseText,
        request.responseURL.replace(/.*\//, ''),
        Object.keys(request).filter((key) => !key.startsWith('on')),
      ])
    }
    return outcomes
  },
  'XHR of each response type': async () => {
    const outcomes = []
    for (const type of ['', 'text', 'json', 'arraybuffer', 'blob', 'document']) {
      const { request } = await xhr('GET', '/json', { type })
      outcomes.push([
        type,
        Object.prototype.toString.call(request.response),
        thrown(() => request.responseText),
      ])
    }
    return outcomes
  },
  'XHR that is synchronous': () => {
    const request = new XMLHttpRequest()
    const events = []
    for (const name of ['readystatechange', 'load', 'loadend'])
      request.addEventListener(name, () => events.push(name + request.readyState))
    request.open('POST', '/echo', false)
    const returned = request.send('sync')
    return [
      returned,
      request.status,
      JSON.parse(request.responseText).body,
      events,
      thrown(() => {
        request.open('GET', 'http://127.0.0.1:1/', false)
        request.send()
      }),
    ]
  },
  'XHR that is misused': () => {
    const request = new XMLHttpRequest()
    return [
      thrown(() => request.send()),
      thrown(() => request.open()),
      thrown(() => request.open('BAD METHOD', '/')),
      thrown(() => request.open('GET', 'http://')),
      thrown(() => request.setRequestHeader('a', 'b')),
      thrown(() => XMLHttpRequest.prototype.open.call({}, 'GET', '/')),
      thrown(() => XMLHttpRequest.prototype.send.call(window)),
      thrown(() => XMLHttpRequest()),
      thrown(() => new request.open('GET', '/')),
    ]
  },
  'XHR that is aborted, timed out, used again in its handler': async () => {
    const aborted = new XMLHttpRequest()
    const events = []
    for (const name of ['abort', 'loadend', 'timeout'])
      aborted.addEventListener(name, () => events.push(name))
    aborted.open('POST', '/never')
    aborted.send('x')
    aborted.abort()
    const late = new XMLHttpRequest()
    late.open('POST', '/never')
    late.timeout = 30
    const timedOut = new Promise((done) => {
      late.ontimeout = () => done(late.readyState)
    })
    late.send('x')
    const again = new XMLHttpRequest()
    const answers = []
    const finished = new Promise((done) => {
      again.onload = () => {
        answers.push(again.responseText)
        if (answers.length === 3) return done()
        again.open('POST', '/echo')
        again.send(String(answers.length))
      }
    })
    again.open('GET', '/json')
    again.send()
    await finished
    return [events, await timedOut, answers]
  },
  'XHR uploads with progress': async () => {
    const request = new XMLHttpRequest()
    const events = []
    for (const name of ['loadstart', 'progress', 'load', 'loadend'])
      request.upload.addEventListener(name, () => events.push(name))
    request.open('POST', '/echo')
    const finished = new Promise((done) => {
      request.onloadend = done
    })
    request.send('x'.repeat(1000))
    await finished
    return [[...new Set(events)], request.status]
  },
  'XHR in a subclass': async () => {
    class Mine extends XMLHttpRequest {
      open(...args) {
        this.opened = true
        return super.open(...args)
      }
    }
    const request = new Mine()
    request.open('GET', '/json')
    const finished = new Promise((done) => {
      request.onloadend = done
    })
    request.send()
    await finished
    return [request.opened, request instanceof XMLHttpRequest, request instanceof Mine, request.responseText]
  },
  beacons: () => [
    navigator.sendBeacon('/echo', 'x'),
    navigator.sendBeacon('/echo'),
    navigator.sendBeacon('/echo', new Blob(['{}'], { type: 'application/json' })),
    navigator.sendBeacon('/echo', new FormData()),
    navigator.sendBeacon('/echo', 'x'.repeat(70000)),
    thrown(() => navigator.sendBeacon('http://')),
    thrown(() => navigator.sendBeacon('blob:x', 'x')),
    thrown(() => navigator.sendBeacon()),
    thrown(() => Navigator.prototype.sendBeacon.call({}, '/')),
  ],
  sockets: async () => {
    const socket = new WebSocket(window.socketAddress)
    const early = thrown(() => socket.send('too early'))
    await new Promise((done) => {
      socket.onopen = done
    })
    const answers = []
    const got = new Promise((done) => {
      socket.onmessage = ({ data }) => {
        answers.push(typeof data === 'string' ? data : data.size)
        if (answers.length === 2) done()
      }
    })
    socket.send('hello')
    socket.send(new Uint8Array(3))
    await got
    socket.close()
    class Mine extends WebSocket {}
    const mine = new Mine(window.socketAddress)
    const outcome = [
      early,
      answers,
      socket instanceof WebSocket,
      socket.constructor === WebSocket,
      Object.keys(socket).length,
      WebSocket.OPEN,
      mine instanceof Mine,
      mine.constructor === Mine,
      thrown(() => WebSocket('ws://x')),
      thrown(() => new WebSocket('nonsense://x')),
      thrown(() => new WebSocket()),
      thrown(() => WebSocket.prototype.send.call({}, 'x')),
      WebSocket.name,
      WebSocket.length,
    ]
    mine.close()
    return outcome
  },
  'frames of the page': async () => {
    const blank = await frame({})
    const inline = await frame({ srcdoc: '<p>inline' })
    const blob = await frame({ src: URL.createObjectURL(new Blob(['<p>blob'], { type: 'text/html' })) })
    const outcomes = []
    for (const view of [blank, inline, blob])
      outcomes.push([
        String(view.fetch),
        view.fetch === window.fetch,
        view.Function.prototype.toString.call(view.fetch),
        await rejected(view.fetch(new URL('/json', location.href).href).then((response) => response.text())),
        Object.getOwnPropertyNames(view).length === Object.getOwnPropertyNames(blank).length,
      ])
    return [outcomes, String(blank.XMLHttpRequest.prototype.open), blank.document.documentElement.outerHTML]
  },
  'forms that are sent by script': async () => {
    const events = []
    const view = await frame({ name: 'target' })
    const form = document.createElement('form')
    form.method = 'post'
    form.action = '/echo'
    form.target = 'target'
    form.innerHTML = '<input name="a" value="1"><input name="submit2" value="x">'
    form.addEventListener('submit', () => events.push('submit'))
    form.addEventListener('formdata', () => events.push('formdata'))
    document.body.append(form)
    const loaded = new Promise((done) => view.frameElement.addEventListener('load', done, { once: true }))
    const returned = form.submit()
    await loaded
    return [
      returned,
      events,
      JSON.parse(view.document.body.textContent).body,
      thrown(() => HTMLFormElement.prototype.submit.call({})),
      document.createElement('form').submit(),
    ]
  },
  'events and elements that the page did not make': async () => {
    const seen = []
    addEventListener('message', (event) => seen.push(event.data))
    const observer = new MutationObserver((records) => seen.push(...records.map((record) => record.type)))
    observer.observe(document, { childList: true, subtree: true, attributes: true })
    await fetch('/json')
    await new Promise((done) => setTimeout(done, 300))
    observer.disconnect()
    return [
      seen,
      window.violations,
      performance.getEntriesByType('resource').filter(({ name }) => /extension:/.test(name)).length,
      document.querySelectorAll('script').length,
    ]
  },
  'a failed fetch that nobody handles, and one that is handled late': async () => {
    const seen = []
    const promises = []
    const note = (event) => {
      seen.push([event.type, promises.indexOf(event.promise), text(event.reason)])
      event.preventDefault()
    }
    addEventListener('unhandledrejection', note)
    addEventListener('rejectionhandled', note)
    promises.push(fetch('http://127.0.0.1:1/'), fetch('/json', { method: 'NOT VALID' }))
    promises.push(fetch('http://127.0.0.1:1/', { method: 'POST', body: '{}' }).then(() => 'never'))
    while (seen.length < 3) await new Promise((done) => setTimeout(done, 20))
    await rejected(promises[0])
    while (seen.length < 4) await new Promise((done) => setTimeout(done, 20))
    await rejected(fetch('http://127.0.0.1:1/'))
    await new Promise((done) => setTimeout(done, 50))
    removeEventListener('unhandledrejection', note)
    removeEventListener('rejectionhandled', note)
    return seen.sort((a, b) => (String(a) < String(b) ? -1 : 1))
  },
  'order of what happens when a request is aborted': async () => {
    const order = []
    const controller = new AbortController()
    const promise = fetch('/never', { signal: controller.signal }).catch(() => order.push('rejected'))
    controller.signal.addEventListener('abort', () => order.push('event'))
    controller.abort()
    order.push('after')
    await promise
    return order
  },
  'errors and refusals of the page itself': async () => {
    const seen = []
    addEventListener(
      'error',
      (event) => {
        seen.push(event.message)
        event.preventDefault()
      },
      { once: true },
    )
    addEventListener(
      'unhandledrejection',
      (event) => {
        seen.push(text(event.reason))
        event.preventDefault()
      },
      { once: true },
    )
    setTimeout(() => {
      throw new Error('thrown')
    })
    void Promise.reject(new Error('rejected'))
    await fetch('http://127.0.0.1:1/').catch(() => seen.push('caught'))
    while (seen.length < 3) await new Promise((done) => setTimeout(done, 20))
    return seen.sort()
  },
}

window.runChecks = async () => {
  const results = {}
  for (const [name, check] of Object.entries(checks)) {
    try {
      results[name] = JSON.stringify(await check())
    } catch (error) {
      results[name] = `failed: ${text(error)}`
    }
  }
  return results
}
