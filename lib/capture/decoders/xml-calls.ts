/** Calls in XML: SOAP (the first element of the body is the verb with its object) and XML-RPC. What they say is read as any call by name. */
import type { Json } from '../../model/json.ts'
import type { Body } from '../body.ts'
import { parseXml, type XmlElement, xmlToJson } from '../xml.ts'
import type { Decoder } from './decoder.ts'
import type { RpcCall } from './rpc/calls.ts'
import { decodeRpcCall } from './rpc/decode-rpc.ts'

export const decodeXmlCall: Decoder = (call, memory) => {
  const rpc = soapCall(call.request, call.answer) ?? xmlRpcCall(call.request, call.answer)
  return rpc && decodeRpcCall(rpc, call, memory, call.address.noun)
}

/** https://www.w3.org/TR/soap12-part1/: Envelope, Body, then the call; a Fault refuses. */
const soapCall = (request: Body, answer: Body): RpcCall | undefined => {
  const call = soapContent(rootOf(request))
  if (!call) return undefined
  const told = soapContent(rootOf(answer))
  const isFault = told?.name === 'Fault'
  return {
    method: call.name.replace(/(?<=.)(Request|Req)$/, ''),
    params: xmlToJson(call),
    ...(isFault
      ? { refusal: textOf(told, /^(faultstring|Text|Reason)$/) ?? 'fault' }
      : told && { result: xmlToJson(told) }),
  }
}

const soapContent = (root: XmlElement | undefined): XmlElement | undefined =>
  root?.name === 'Envelope' ? root.children.find(({ name }) => name === 'Body')?.children[0] : undefined

/** http://xmlrpc.com/spec.md */
const xmlRpcCall = (request: Body, answer: Body): RpcCall | undefined => {
  const root = rootOf(request)
  const method = root?.children.find(({ name }) => name === 'methodName')?.text.trim()
  if (root?.name !== 'methodCall' || !method) return undefined
  const told = rootOf(answer)
  const fault = told?.children.find(({ name }) => name === 'fault')
  const [result] = told ? paramsOf(told) : []
  return {
    method,
    params: paramsOf(root),
    ...(fault
      ? { refusal: textOf(fault, /^string$/) ?? textOf(fault, /^value$/) ?? 'fault' }
      : result !== undefined && { result }),
  }
}

const paramsOf = (root: XmlElement): Json[] =>
  (root.children.find(({ name }) => name === 'params')?.children ?? []).map((param) =>
    plainValue(param.children[0]),
  )

const plainValue = (value: XmlElement | undefined): Json => {
  const [typed] = value?.children ?? []
  if (!typed) return value?.text ?? ''
  switch (typed.name) {
    case 'int':
    case 'i4':
    case 'i8':
    case 'double':
      return Number(typed.text) || 0
    case 'boolean':
      return typed.text.trim() === '1' || typed.text.trim() === 'true'
    case 'nil':
      return null
    case 'array':
      return (typed.children[0]?.children ?? []).map(plainValue)
    case 'struct':
      return Object.fromEntries(
        typed.children
          .map(
            ({ children }) =>
              [
                children.find(({ name }) => name === 'name')?.text.trim() ?? '',
                plainValue(children.find(({ name }) => name === 'value')),
              ] as const,
          )
          .filter(([name]) => name !== '' && name !== '__proto__'),
      )
    default:
      return typed.text
  }
}

const rootOf = (body: Body): XmlElement | undefined =>
  body.kind === 'html' && /^<(?:\?xml|[\w-]+:Envelope|Envelope|methodCall|methodResponse)\b/i.test(body.text)
    ? parseXml(body.text)
    : undefined

const textOf = (element: XmlElement, pattern: RegExp): string | undefined => {
  if (pattern.test(element.name) && element.text.trim() !== '') return element.text.trim().slice(0, 300)
  for (const child of element.children) {
    const text = textOf(child, pattern)
    if (text !== undefined) return text
  }
  return undefined
}
