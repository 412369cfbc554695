/** What the Acme Console's pages share: requests, toasts, dialogs. */

/** Parsed JSON of the answer; a refusal throws an Error whose message is for the person. */
export const request = async (method, path, body) => {
  const response = await fetch(path, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  const answer = response.status === 204 ? undefined : await response.json()
  if (!response.ok) throw new Error(answer?.error ?? `Acme answered with status ${response.status}.`)
  return answer
}

export const graphql = async (query, variables) => {
  const { data, errors } = await request('POST', '/graphql', { query, variables })
  if (errors) throw new Error(errors.map((error) => error.message).join(' '))
  return data
}

export const toast = (text, kind = 'success') => {
  const item = Object.assign(document.createElement('p'), { className: `toast ${kind}`, textContent: text })
  document.querySelector('#toasts').append(item)
  setTimeout(() => item.remove(), 4000)
}

/** An element with attributes (`on…` are listeners) and children; text is text. */
export const element = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else if (value === true) node.setAttribute(name, '')
    else if (value !== false) node.setAttribute(name, value)
  }
  node.append(...children)
  return node
}

/** Shows a dialog's form; `save` gets its values, and its error stays in the dialog until it succeeds. */
export const openForm = (dialog, values, save) => {
  const form = dialog.querySelector('form')
  form.reset()
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value
  showError(form, '')
  dialog.querySelector('button[value=cancel]').onclick = () => dialog.close()
  form.onsubmit = async (event) => {
    event.preventDefault()
    try {
      await save(Object.fromEntries(new FormData(form)))
      dialog.close()
    } catch (error) {
      showError(form, error.message)
    }
  }
  dialog.showModal()
}

export const showError = (form, message) => {
  const line = form.querySelector('p.error')
  if (!line) return
  line.textContent = message
  line.hidden = message === ''
}

export const shortDate = (text) => new Date(text).toLocaleDateString(undefined, { dateStyle: 'medium' })
