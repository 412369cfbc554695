/** Prompts over GraphQL: the list at the left, the one chosen in the editor. */
import { element, graphql, showError, toast } from './console.js'

const FIELDS = 'id name model temperature text version updatedAt'
const QUERY = `query Prompts { prompts { ${FIELDS} } }`
const SAVE = `mutation UpdatePrompt($id: ID!, $input: PromptInput!) { updatePrompt(id: $id, input: $input) { ${FIELDS} } }`

const form = document.querySelector('#editor')
let prompts = []
let chosenId = ''

const load = async () => {
  prompts = (await graphql(QUERY)).prompts
  choose(location.hash.slice(1) || prompts[0].id)
}

const choose = (id) => {
  const prompt = prompts.find((candidate) => candidate.id === id)
  if (!prompt) return
  chosenId = id
  history.replaceState(null, '', `#${id}`)
  for (const name of ['name', 'model', 'temperature', 'text']) form.elements[name].value = prompt[name]
  document.querySelector('#version').textContent = `Version ${prompt.version}`
  showError(form, '')
  form.hidden = false
  document.querySelector('#prompts').replaceChildren(...prompts.map(item))
}

const item = (prompt) =>
  element(
    'button',
    { type: 'button', 'aria-current': String(prompt.id === chosenId), onclick: () => choose(prompt.id) },
    element('b', {}, prompt.name),
    element('span', { class: 'quiet' }, `${prompt.model} · version ${prompt.version}`),
  )

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const values = Object.fromEntries(new FormData(form))
  try {
    const input = { ...values, temperature: Number(values.temperature) }
    const { updatePrompt } = await graphql(SAVE, { id: chosenId, input })
    prompts = prompts.map((prompt) => (prompt.id === updatePrompt.id ? updatePrompt : prompt))
    choose(updatePrompt.id)
    toast(`${updatePrompt.name} saved as version ${updatePrompt.version}.`)
  } catch (error) {
    showError(form, error.message)
  }
})

await load()
