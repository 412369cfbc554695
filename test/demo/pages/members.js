/** Members: invited by a dialog, removed after a question. */
import { element, openForm, request, shortDate, toast } from './console.js'

let members = []

const load = async () => {
  members = (await request('GET', '/api/members')).members
  render()
}

const render = () => {
  const wanted = document.querySelector('#search').value.toLowerCase()
  const shown = members.filter((member) => `${member.name} ${member.email}`.toLowerCase().includes(wanted))
  document.querySelector('#members').replaceChildren(...shown.map(row))
}

const row = (member) =>
  element(
    'tr',
    { 'data-member': member.id },
    element(
      'td',
      {},
      element('b', {}, member.name),
      element('br'),
      element('span', { class: 'quiet' }, member.email),
    ),
    element('td', {}, member.role),
    element('td', {}, element('span', { class: `status ${member.status}` }, member.status)),
    element('td', { class: 'quiet' }, shortDate(member.joinedAt)),
    element(
      'td',
      {},
      element(
        'button',
        { type: 'button', 'aria-label': `Remove ${member.name}`, onclick: () => remove(member) },
        'Remove',
      ),
    ),
  )

const invite = () =>
  openForm(document.querySelector('#invite'), { role: 'Viewer' }, async (values) => {
    const member = await request('POST', '/api/members', values)
    members = [...members, member]
    render()
    toast(`Invitation sent to ${member.email}.`)
  })

const remove = (member) => {
  document.querySelector('#remove-name').textContent = member.name
  openForm(document.querySelector('#remove'), {}, async () => {
    try {
      await request('DELETE', `/api/members/${member.id}`)
      members = members.filter(({ id }) => id !== member.id)
      render()
      toast(`${member.name} was removed.`)
    } catch (error) {
      toast(error.message, 'error')
    }
  })
}

document.querySelector('#invite-open').addEventListener('click', invite)
document.querySelector('#search').addEventListener('input', render)
await load()
