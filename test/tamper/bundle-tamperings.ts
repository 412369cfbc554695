/**
 * Ways to tamper with an evidence bundle. `tamper` gives the bytes of a bundle that a person might be handed. The strong ones
 * are by members who sign a new manifest over what they changed: there the chain and the other devices' words must tell.
 */
import { zipSync } from 'fflate'
import { manifestSignedBytes } from '../../lib/export/bundle/format.ts'
import { bytesToHex, textToBytes } from '../../lib/log/bytes.ts'
import { digest } from '../../lib/log/envelope.ts'
import { encodeReceipt, signReceipt } from '../../lib/log/receipt.ts'
import { signEnvelope } from '../../lib/log/seal.ts'
import { signerOf } from '../../lib/team/identity.ts'
import { packFiles, unpackBundle } from '../helpers/bundle.ts'
import { makeEntry } from '../helpers/entries.ts'
import { randomBytes, subtle } from '../helpers/team.ts'
import {
  type BundleTampering,
  bytes,
  changeLines,
  disclosedAt,
  envelopeOf,
  feedOf,
  field,
  flip,
  indexOfText,
  lineOf,
  linesOf,
  passedOn,
  replaceLast,
  sealedAnew,
  sign,
  signedAnew,
  trimEntries,
  withLines,
  withManifest,
} from './bundle-kit.ts'

export const BUNDLE_TAMPERINGS: readonly BundleTampering[] = [
  // The file as a whole
  bytes('cut off the bundle’s end', 'damaged zip', (zip) => zip.slice(0, zip.length * 0.7)),
  bytes('cut off the last byte', 'damaged zip', (zip) => zip.slice(0, -1)),
  bytes('append bytes behind the bundle', 'damaged zip', (zip) => new Uint8Array([...zip, 1, 2, 3])),
  bytes('glue a second zip behind the bundle', 'damaged zip', (zip) => {
    const other = zipSync({ 'entries.jsonl': textToBytes('{}\n') })
    return new Uint8Array([...zip, ...other.slice(0, -1)])
  }),
  bytes('rename a file in the zip’s list alone', 'damaged zip', (zip) =>
    replaceLast(zip, 'receipts.txt', 'receiptz.txt'),
  ),
  bytes('turn bits in the packed data', 'damaged zip', (zip) => {
    const at = indexOfText(zip, 'roster.txt') + 200
    for (let offset = 0; offset < 64; offset++) zip[at + offset] = (zip[at + offset] as number) ^ 0xff
    return zip
  }),
  {
    attack: 'lead a file name out of the folder',
    by: 'whoever passes the file on',
    named: 'damaged zip',
    verdict: 'integrity',
    tamper: async ({ zip }) => packFiles({ ...unpackBundle(zip), '../../.bashrc': 'curl' }),
  },
  {
    attack: 'hide a zip bomb among the files',
    by: 'whoever passes the file on',
    named: 'damaged zip',
    verdict: 'integrity',
    tamper: async ({ zip }) =>
      packFiles({ ...unpackBundle(zip), 'entries.jsonl': '\n'.repeat(40 * 2 ** 20) }),
  },
  passedOn('add a file', 'foreign file', 'integrity', (files) => ({ ...files, 'notes.txt': 'trust me' })),
  passedOn('leave a feed’s file out', 'missing file', 'completeness', async ({ ...files }, world) => {
    delete files[`feeds/${await feedOf(world, world.bo)}.txt`]
    return files
  }),
  passedOn('leave the entries for reading out', 'missing file', 'completeness', ({ ...files }) => {
    delete files['entries.jsonl']
    return files
  }),
  passedOn('leave the receipts out', 'missing file', 'completeness', ({ ...files }) => {
    delete files['receipts.txt']
    return files
  }),
  passedOn('leave the manifest out', 'manifest unreadable', 'integrity', ({ ...files }) => {
    delete files['manifest.json']
    return files
  }),
  passedOn('leave the manifest’s signature out', 'bad manifest signature', 'integrity', ({ ...files }) => {
    delete files['manifest.sig']
    return files
  }),
  passedOn('edit the guide', 'file changed', 'integrity', (files) => ({
    ...files,
    'VERIFY.md': (files['VERIFY.md'] as string)
      .replace('doesn’t', 'does')
      .replace('Completeness', 'Everything'),
  })),
  // The manifest
  passedOn('rename the team', 'bad manifest signature', 'integrity', (files) =>
    withManifest(files, (manifest) => {
      manifest.team.name = 'Initech'
    }),
  ),
  passedOn('say that less was disclosed than is there', 'bad manifest signature', 'integrity', (files) =>
    withManifest(files, (manifest) => {
      manifest.counts.headers += 5
    }),
  ),
  passedOn(
    'put another member’s name under it',
    'bad manifest signature',
    'integrity',
    async (files, world) => {
      const { self } = await world.contextOf(world.bo)
      return withManifest(files, (manifest) => {
        manifest.generatedBy = { ...manifest.generatedBy, feed: self.feed, member: self.member }
      })
    },
  ),
  passedOn('let a stranger sign it', 'unknown signer', 'integrity', (files) =>
    withManifest(files, (manifest) => {
      manifest.generatedBy.feed += 1
    }),
  ),
  // Entries, without a key of the team
  passedOn('edit what an entry says', 'entry differs', 'integrity', (files) => ({
    ...files,
    'entries.jsonl': (files['entries.jsonl'] as string).replace('"sessionTimeout":15', '"sessionTimeout":95'),
  })),
  passedOn('give an entry to another author', 'entry differs', 'integrity', (files) => {
    const [first = '', ...rest] = (files['entries.jsonl'] as string).split('\n')
    return {
      ...files,
      'entries.jsonl': [first.replace(/"name":"\w+"/, '"name":"Mallory"'), ...rest].join('\n'),
    }
  }),
  passedOn('back-date an entry', 'entry differs', 'integrity', (files) => ({
    ...files,
    'entries.jsonl': (files['entries.jsonl'] as string).replace('"time":"2026', '"time":"2025'),
  })),
  passedOn('take a line out of the entries', 'entry differs', 'integrity', (files) => {
    const lines = (files['entries.jsonl'] as string).split('\n')
    return { ...files, 'entries.jsonl': lines.toSpliced(1, 1).join('\n') }
  }),
  passedOn('add a line to the entries', 'entry without proof', 'integrity', (files) => ({
    ...files,
    'entries.jsonl': `${files['entries.jsonl']}${JSON.stringify(makeEntry(1))}\n`,
  })),
  passedOn('swap two lines of the entries', 'entry differs', 'integrity', (files) => {
    const [a = '', b = '', ...rest] = (files['entries.jsonl'] as string).split('\n')
    return { ...files, 'entries.jsonl': [b, a, ...rest].join('\n') }
  }),
  passedOn('edit a header', 'wrong chain', 'integrity', async (files, world) =>
    changeLines(files, await feedOf(world, world.bo), (lines) =>
      lines.with(
        2,
        field(lines[2] as string, 0, (header) => flip(header, 70)),
      ),
    ),
  ),
  passedOn('edit a ciphertext', 'body does not match its hash', 'integrity', async (files, world) =>
    changeLines(files, await feedOf(world, world.bo), (lines) => {
      const at = disclosedAt(lines)
      return lines.with(
        at,
        field(lines[at] as string, 2, (body) => flip(body, 40)),
      )
    }),
  ),
  passedOn('hand out another key', 'key does not fit', 'integrity', async (files, world) =>
    changeLines(files, await feedOf(world, world.bo), (lines) => {
      const at = disclosedAt(lines)
      return lines.with(
        at,
        field(lines[at] as string, 3, (key) => flip(key, 3)),
      )
    }),
  ),
  passedOn(
    'edit the signature of an entry in the middle',
    'file changed',
    'integrity',
    async (files, world) =>
      changeLines(files, await feedOf(world, world.bo), (lines) =>
        lines.with(
          2,
          field(lines[2] as string, 1, (signature) => flip(signature, 9)),
        ),
      ),
  ),
  passedOn('edit the last signature', 'bad signature', 'integrity', async (files, world) =>
    changeLines(files, await feedOf(world, world.bo), (lines) =>
      lines.with(
        -1,
        field(lines.at(-1) as string, 1, (signature) => flip(signature, 9)),
      ),
    ),
  ),
  passedOn('take an entry out of a feed', 'missing entries', 'completeness', async (files, world) =>
    changeLines(files, await feedOf(world, world.bo), (lines) => lines.toSpliced(3, 1)),
  ),
  passedOn('cut off a feed’s end', 'missing tail', 'completeness', async (files, world) =>
    changeLines(files, await feedOf(world, world.bo), (lines) => lines.slice(0, -2)),
  ),
  passedOn('cut off a feed’s beginning', 'missing beginning', 'completeness', async (files, world) =>
    changeLines(files, await feedOf(world, world.bo), (lines) => lines.slice(2)),
  ),
  passedOn('swap two entries of a feed', 'out of order', 'integrity', async (files, world) =>
    changeLines(files, await feedOf(world, world.bo), (lines) =>
      lines.with(2, lines[3] as string).with(3, lines[2] as string),
    ),
  ),
  passedOn('double an entry', 'out of order', 'integrity', async (files, world) =>
    changeLines(files, await feedOf(world, world.bo), (lines) => lines.toSpliced(2, 0, lines[2] as string)),
  ),
  passedOn('put an entry into another device’s feed', 'wrong feed', 'integrity', async (files, world) => {
    const [line = ''] = linesOf(files, await feedOf(world, world.ana))
    return changeLines(files, await feedOf(world, world.bo), (lines) => lines.with(0, line))
  }),
  passedOn('swap two devices’ feeds', 'wrong feed', 'integrity', async (files, world) => {
    const [a, b] = [await feedOf(world, world.ana), await feedOf(world, world.bo)]
    return withLines(withLines(files, a, linesOf(files, b)), b, linesOf(files, a))
  }),
  passedOn('write an entry in upper case', 'malformed entry', 'integrity', async (files, world) =>
    changeLines(files, await feedOf(world, world.bo), (lines) =>
      lines.with(1, (lines[1] as string).toUpperCase()),
    ),
  ),
  // Roster and receipts
  passedOn(
    'take the last operation off the roster',
    'missing roster operations',
    'completeness',
    (files) => ({
      ...files,
      'roster.txt': (files['roster.txt'] as string).replace(/[^\n]+\n$/, ''),
    }),
  ),
  passedOn('take a member’s joining out of the roster', 'roster broken', 'integrity', (files) => ({
    ...files,
    'roster.txt': (files['roster.txt'] as string).split('\n').toSpliced(3, 1).join('\n'),
  })),
  passedOn('edit an operation of the roster', 'roster broken', 'integrity', (files) => ({
    ...files,
    'roster.txt': (files['roster.txt'] as string)
      .split('\n')
      .map((line, index) => (index === 2 ? flip(line, 20) : line))
      .join('\n'),
  })),
  passedOn('edit the time in a receipt', 'forged receipt', 'integrity', (files) => ({
    ...files,
    'receipts.txt': flip(files['receipts.txt'] as string, 140),
  })),
  passedOn('add a receipt signed by another relay', 'forged receipt', 'integrity', async (files, world) => {
    const context = await world.contextOf(world.bo)
    const { feed, team } = context.self
    const last = envelopeOf(linesOf(files, feed).at(-1) as string)
    const receipt = await signReceipt(
      { team, feed, seq: last.header.seq, hash: last.hash, timeMs: 0 },
      signerOf(subtle, context.self.keys),
    )
    return { ...files, 'receipts.txt': `${files['receipts.txt']}${bytesToHex(encodeReceipt(receipt))}\n` }
  }),
  // By members with keys of their own
  signedAnew(
    'drop another device’s last entries, and sign that',
    'missing tail',
    'completeness',
    async (files, world) => {
      const feed = await feedOf(world, world.bo)
      return trimEntries(changeLines(files, feed, (lines) => lines.slice(0, -3)))
    },
  ),
  signedAnew(
    'drop another device’s feed whole, and sign that',
    'missing feed',
    'completeness',
    async (files, world) => {
      const feed = await feedOf(world, world.bo)
      const { [`feeds/${feed}.txt`]: _gone, ...rest } = files
      return trimEntries(rest)
    },
  ),
  signedAnew(
    'drop own last entries that the relay confirmed',
    'missing tail',
    'completeness',
    async (files, world) =>
      trimEntries(changeLines(files, await feedOf(world, world.ana), (lines) => lines.slice(0, -1))),
  ),
  signedAnew(
    'take an entry out of the middle, and sign that',
    'missing entries',
    'completeness',
    async (files, world) =>
      trimEntries(changeLines(files, await feedOf(world, world.bo), (lines) => lines.toSpliced(3, 1))),
  ),
  signedAnew(
    'take an entry out, forge the one before it, and sign that',
    'bad signature',
    'integrity',
    async (files, world) =>
      trimEntries(
        changeLines(files, await feedOf(world, world.bo), (lines) =>
          lines
            .with(
              2,
              field(lines[2] as string, 1, (text) => flip(text, 40)),
            )
            .toSpliced(3, 1),
        ),
      ),
  ),
  signedAnew(
    'leave the removal of a member out, and sign that',
    'missing roster operations',
    'completeness',
    (files) => {
      const lines = (files['roster.txt'] as string).trimEnd().split('\n').slice(0, -3)
      return withManifest({ ...files, 'roster.txt': `${lines.join('\n')}\n` }, (manifest) => {
        manifest.roster.length = lines.length
      })
    },
  ),
  signedAnew(
    'rewrite another member’s last entry under one’s own key',
    'bad signature',
    'integrity',
    async (files, world) => {
      const feed = await feedOf(world, world.bo)
      const lines = linesOf(files, feed)
      const forged = await sealedAnew(world, world.bo, world.ana, lines.at(-1) as string, 99)
      return trimEntries(withLines(files, feed, lines.with(-1, forged)))
    },
  ),
  signedAnew(
    'rewrite an entry in the middle of one’s own feed',
    'wrong chain',
    'integrity',
    async (files, world) => {
      const feed = await feedOf(world, world.ana)
      const lines = linesOf(files, feed)
      return withLines(
        files,
        feed,
        lines.with(3, await sealedAnew(world, world.ana, world.ana, lines[3] as string, 99)),
      )
    },
  ),
  signedAnew(
    'rewrite one’s own last entry that others have seen',
    'fork',
    'integrity',
    async (files, world) => {
      const feed = await feedOf(world, world.ana)
      const lines = linesOf(files, feed)
      return withLines(
        files,
        feed,
        lines.with(-1, await sealedAnew(world, world.ana, world.ana, lines.at(-1) as string, 99)),
      )
    },
  ),
  signedAnew(
    'add an entry to a removed member’s feed',
    'after the cut',
    'integrity',
    async (files, world) => {
      const { self } = await world.contextOf(world.cy)
      const lines = linesOf(files, self.feed)
      const last = envelopeOf(lines.at(-1) as string)
      const header = { ...last.header, seq: last.header.seq + 1, prev: last.hash }
      const clock = { ...header.clock, counter: header.clock.counter + 1 }
      const late = await signEnvelope({ ...header, clock }, last.body, signerOf(subtle, self.keys))
      return withLines(files, self.feed, [...lines, lineOf({ ...late, body: new Uint8Array(0) })])
    },
  ),
  signedAnew(
    'add the feed of a device that never joined',
    'unknown signer',
    'integrity',
    async (files, world) => {
      const { self } = await world.contextOf(world.ana)
      const body = randomBytes(64)
      const stranger = 4242
      const header = {
        ...envelopeOf(linesOf(files, self.feed)[0] as string).header,
        feed: stranger,
        seen: [],
        bodyHash: digest(body),
      }
      const made = await signEnvelope(header, body, signerOf(subtle, self.keys))
      const added = withLines(files, stranger, [lineOf({ ...made, body: new Uint8Array(0) })])
      return withManifest(added, (manifest) => {
        manifest.feeds.unshift({
          feed: stranger,
          first: 1,
          last: 1,
          hash: '0'.repeat(64),
          headers: 1,
          disclosed: 0,
        })
        manifest.files[`feeds/${stranger}.txt`] = { bytes: 0, sha256: '0'.repeat(64) }
      })
    },
  ),
  signedAnew('put another team’s roster in', 'wrong team', 'integrity', async (files, world) => {
    const other = await world.ana.teams.make('Other', {
      id: crypto.randomUUID(),
      name: 'Ana',
      device: 'Laptop',
    })
    if (!other.ok) throw new Error(other.reason)
    const [row] = await world.ana.db.operations.where('[team+index]').equals([other.value, 0]).toArray()
    await world.ana.teams.forget(other.value)
    return { ...files, 'roster.txt': `${bytesToHex(row?.bytes as Uint8Array)}\n` }
  }),
  {
    attack: 'sign the bundle as a device that is not its maker’s',
    by: 'another member',
    named: 'wrong maker',
    verdict: 'integrity',
    tamper: async (world) => {
      const signed = await sign(unpackBundle(world.zip), world, world.bo)
      const { self } = await world.contextOf(world.ana)
      const claimed = withManifest(signed, (manifest) => {
        manifest.generatedBy.member = self.member
      })
      const { keys } = (await world.contextOf(world.bo)).self
      const text = textToBytes(claimed['manifest.json'] as string)
      const signature = await signerOf(subtle, keys).sign(manifestSignedBytes(text))
      return packFiles({ ...claimed, 'manifest.sig': `${bytesToHex(signature)}\n` })
    },
  },
]
