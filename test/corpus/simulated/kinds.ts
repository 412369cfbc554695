/** What the simulated apps administer: kinds of resources with fields of every type, and how an app spells their names. */
import fc from 'fast-check'

export type Value = string | number | boolean | readonly string[]

export interface Kind {
  /** As people say it. */
  readonly singular: string
  readonly plural: string
  /** The first is its name. */
  readonly fields: readonly Field[]
}

export interface Field {
  /** In words. */
  readonly name: string
  readonly type: 'text' | 'number' | 'switch' | 'list' | 'secret'
  readonly values: readonly Value[]
  /** No two have the same. */
  readonly isUnique?: true
}

export interface Row {
  readonly id: string | number
  readonly values: Readonly<Record<string, Value>>
}

export const KEY_STYLES = ['camel', 'snake', 'kebab', 'pascal'] as const
export type KeyStyle = (typeof KEY_STYLES)[number]

export const spell = (words: string, style: KeyStyle): string => {
  const parts = words.toLowerCase().split(' ')
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
  if (style === 'snake') return parts.join('_')
  if (style === 'kebab') return parts.join('-')
  return parts.map((word, index) => (style === 'camel' && index === 0 ? word : capital(word))).join('')
}

const text = (name: string, ...values: string[]): Field => ({ name, type: 'text', values })
const number = (name: string, ...values: number[]): Field => ({ name, type: 'number', values })
const choice = (name: string): Field => ({ name, type: 'switch', values: [true, false] })
const list = (name: string, ...values: string[][]): Field => ({ name, type: 'list', values })
const secret = (name: string, ...values: string[]): Field => ({ name, type: 'secret', values })

export const KINDS: readonly Kind[] = [
  {
    singular: 'user',
    plural: 'users',
    fields: [
      text('display name', 'Ana Petrova', 'Li Wei', 'Ama Mensah', 'Jon Berg'),
      {
        ...text(
          'email',
          ...['ana', 'li', 'ama', 'jon', 'eva', 'tom', 'ida'].map((name) => `${name}@northwind.test`),
        ),
        isUnique: true,
      },
      text('role', 'viewer', 'editor', 'owner'),
      choice('active'),
      list('teams', ['sales', 'support'], ['sales'], ['support', 'finance', 'legal']),
    ],
  },
  {
    singular: 'webhook',
    plural: 'webhooks',
    fields: [
      text('title', 'Order feed', 'Stock alarm', 'Billing mirror'),
      text('target url', 'https://hooks.test/orders', 'https://hooks.test/stock', 'https://hooks.test/b'),
      list('events', ['order.paid'], ['order.paid', 'order.refunded'], ['stock.low']),
      number('timeout', 10, 30, 90),
      choice('enabled'),
      secret('signing secret', 'whsec_Zk3pQ9vT7LmX2bRd8NcW', 'whsec_u6HyA1gKf5JtS0oEwPq4'),
    ],
  },
  {
    singular: 'payment method',
    plural: 'payment methods',
    fields: [
      text('name', 'Invoice', 'Direct debit', 'Card', 'On delivery'),
      number('surcharge', 0, 2.5, 4),
      text('description', 'Pay within 14 days', 'We collect it', 'At the door'),
      choice('available for guests'),
    ],
  },
  {
    singular: 'category',
    plural: 'categories',
    fields: [
      text('name', 'Garden', 'Kitchen', 'Lighting', 'Tools'),
      number('position', 1, 2, 3, 7),
      choice('visible'),
      text('meta title', 'All for the garden', 'Cook well', 'Bright rooms'),
    ],
  },
  {
    singular: 'alert rule',
    plural: 'alert rules',
    fields: [
      text('name', 'Disk almost full', 'Queue grows', 'Slow answers'),
      text('expression', 'disk_free < 10', 'queue_length > 400', 'latency > 2'),
      text('severity', 'info', 'warning', 'critical'),
      number('repeat after', 5, 15, 60),
      choice('paused'),
      list('receivers', ['ops', 'duty'], ['ops'], ['duty', 'lead']),
    ],
  },
  {
    singular: 'tax rate',
    plural: 'tax rates',
    fields: [
      text('label', 'Reduced', 'Standard', 'Books'),
      number('percentage', 7, 19, 21),
      text('country', 'DE', 'NL', 'AT'),
      choice('included in price'),
    ],
  },
  {
    singular: 'warehouse',
    plural: 'warehouses',
    fields: [
      text('name', 'Rotterdam', 'Lyon', 'Gdansk'),
      text('city', 'Rotterdam', 'Lyon', 'Gdynia', 'Sopot'),
      number('capacity', 400, 1200, 90),
      choice('accepts returns'),
    ],
  },
]

export const kinds = fc.constantFrom(...KINDS)

export const valuesOf = (kind: Kind): fc.Arbitrary<Record<string, Value>> =>
  fc.record(Object.fromEntries(kind.fields.map((field) => [field.name, fc.constantFrom(...field.values)])))
