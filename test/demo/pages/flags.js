/** Feature flags: a switch saves at once and goes back when it is refused; the rest is edited in a dialog. */
import { element, openForm, request, toast } from './console.js'

let flags = []

const load = async () => {
  flags = (await request('GET', '/api/feature-flags')).featureFlags
  render()
}

const render = () => {
  const wanted = document.querySelector('#search').value.toLowerCase()
  const shown = flags.filter((flag) =>
    `${flag.name} ${flag.key} ${flag.owner}`.toLowerCase().includes(wanted),
  )
  document.querySelector('#flags').replaceChildren(...shown.map(row))
}

const row = (flag) =>
  element(
    'article',
    { 'data-flag': flag.key },
    element('input', {
      type: 'checkbox',
      role: 'switch',
      'aria-label': flag.name,
      checked: flag.enabled,
      onchange: (event) => toggle(flag, event.target),
    }),
    element(
      'div',
      { class: 'grow' },
      element('b', {}, flag.name),
      element('code', {}, flag.key),
      element('p', {}, flag.description),
    ),
    element('span', { class: 'meter' }, `${flag.rolloutPercent} %`),
    element('span', { class: 'quiet' }, flag.owner),
    element('button', { type: 'button', onclick: () => edit(flag) }, 'Edit'),
  )

const toggle = async (flag, box) => {
  try {
    keep(await request('PATCH', `/api/feature-flags/${flag.key}`, { enabled: box.checked }))
    toast(`${flag.name} is ${box.checked ? 'on' : 'off'}.`)
  } catch (error) {
    box.checked = flag.enabled
    toast(error.message, 'error')
  }
}

const edit = ({ key, name, description, rolloutPercent, owner }) =>
  openForm(document.querySelector('#edit'), { name, description, rolloutPercent, owner }, async (values) => {
    const patch = { ...values, rolloutPercent: Number(values.rolloutPercent) }
    keep(await request('PATCH', `/api/feature-flags/${key}`, patch))
    toast(`${values.name} saved.`)
  })

const keep = (saved) => {
  flags = flags.map((flag) => (flag.key === saved.key ? saved : flag))
  render()
}

document.querySelector('#search').addEventListener('input', render)
await load()
