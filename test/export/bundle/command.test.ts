/** The bundle from outside: the command and its exit codes, and a check that runs none of Daybook's code. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packFiles, unpackBundle } from '../../helpers/bundle.ts'
import { type BundleWorld, bundleWorld } from '../../helpers/bundle-world.ts'

const SOURCE = join(import.meta.dirname, '../../../lib/export/bundle')
const folder = mkdtempSync(join(tmpdir(), 'daybook-bundle-'))
let made: BundleWorld

beforeAll(async () => {
  made = await bundleWorld()
})
afterAll(async () => {
  await made.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The line with another hexadecimal digit than its own at a place. */
const withOtherDigit = (line: string, at: number): string =>
  `${line.slice(0, at)}${line[at] === '0' ? '1' : '0'}${line.slice(at + 1)}`

const verify = (name: string, bytes: Uint8Array, ...flags: string[]) => {
  writeFileSync(join(folder, name), bytes)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(SOURCE, 'main.ts'), join(folder, name), ...flags],
    { encoding: 'utf8' },
  )
  return { status, stdout, stderr }
}

test('the command says 0 for a bundle that holds, and what that proves and doesn’t', () => {
  const { status, stdout } = verify('good.zip', made.zip)
  expect(stdout).toContain('✓ Integrity')
  expect(stdout).toContain('✓ Completeness')
  expect(stdout).toContain('It does not prove')
  expect(status).toBe(0)
})

test('the command says 1 for a fault and names the first bad entry', () => {
  const files = unpackBundle(made.zip)
  const [name = ''] = Object.keys(files).filter((one) => one.startsWith('feeds/'))
  const lines = (files[name] as string).split('\n')
  lines[2] = withOtherDigit(lines[2] as string, 300)
  const { status, stdout } = verify('bad.zip', packFiles({ ...files, [name]: lines.join('\n') }), '--json')
  expect(JSON.parse(stdout).report.integrity.faults[0]).toMatchObject({ feed: Number(name.slice(6, -4)) })
  expect(status).toBe(1)
})

test.each([
  ['a text', new TextEncoder().encode('time,actor')],
  ['another zip', packFiles({}).slice(60)],
  ['nothing', new Uint8Array(0)],
])('the command says 2 for %s', (name, bytes) => {
  const { status, stderr } = verify(`${name}.zip`, bytes)
  expect(stderr).toMatch(/no evidence bundle/)
  expect(status).toBe(2)
})

test('the command says 2 for a file that is not there', () => {
  expect(spawnSync(process.execPath, [join(SOURCE, 'main.ts'), join(folder, 'none.zip')]).status).toBe(2)
})

const unpackTo = (name: string, files: Record<string, string>): string => {
  const root = join(folder, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}
const checkByHand = (root: string, feed: string) =>
  spawnSync('bash', [join(SOURCE, 'check-feed.sh'), root, feed], { encoding: 'utf8' })

test('openssl and sha256sum alone come to the same result for every feed', () => {
  const files = unpackBundle(made.zip)
  const root = unpackTo('by-hand', files)
  const feeds = Object.keys(files).flatMap((name) => /^feeds\/(\d+)\.txt$/.exec(name)?.[1] ?? [])
  expect(feeds.length).toBeGreaterThan(1)
  for (const feed of feeds) {
    const { status, stdout, stderr } = checkByHand(root, feed)
    expect([stderr, status]).toEqual(['', 0])
    expect(stdout).toContain('chained, the last one signed')
  }
})

test('openssl and sha256sum alone find an edited, a missing and a foreign-signed entry', () => {
  const files = unpackBundle(made.zip)
  const name = Object.keys(files).find((one) => one.startsWith('feeds/')) as string
  const feed = name.slice(6, -4)
  const lines = (files[name] as string).trimEnd().split('\n')
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const listedAs = (changed: readonly string[]) => {
    const text = `${changed.join('\n')}\n`
    const before = hash(files[name] as string)
    return {
      ...files,
      [name]: text,
      'manifest.json': (files['manifest.json'] as string).replace(before, hash(text)),
    }
  }
  const edited = lines.with(1, withOtherDigit(lines[1] as string, 180))
  expect(checkByHand(unpackTo('edited', listedAs(edited)), feed).stderr).toMatch(/does not continue/)
  expect(checkByHand(unpackTo('missing', listedAs(lines.toSpliced(1, 1))), feed).stderr).toMatch(
    /entry 2 is missing/,
  )
  const last = lines.at(-1) as string
  const forged = lines.with(-1, last.replace(/ ([0-9a-f]{128})/, ` ${(lines[0] as string).split(' ')[1]}`))
  expect(checkByHand(unpackTo('forged', listedAs(forged)), feed).stderr).toMatch(/signature of entry/)
  expect(
    checkByHand(unpackTo('other', { ...files, [name]: `${lines.slice(1).join('\n')}\n` }), feed).stderr,
  ).toMatch(/not the listed file/)
})

test('the steps that the bundle’s own guide tells to type work as they stand there', () => {
  const files = unpackBundle(made.zip)
  const root = unpackTo('guide', files)
  const feed = Object.keys(files).flatMap((name) => /^feeds\/(\d+)\.txt$/.exec(name)?.[1] ?? [])[0] as string
  const blocks = (files['VERIFY.md'] as string).match(/(?<=\n\n)( {7}.*\n)+/g) ?? []
  expect(blocks).toHaveLength(2)
  const { stdout } = spawnSync('bash', [join(SOURCE, 'check-feed.sh'), root, feed], { encoding: 'utf8' })
  const key = /device key ([0-9a-f]{64})/.exec(stdout)?.[1]
  const typed = `KEY=${key}\n${blocks.join('')}`.replaceAll('feeds/N.txt', `feeds/${feed}.txt`)
  const { stdout: said, stderr } = spawnSync('bash', ['-c', typed], { cwd: root, encoding: 'utf8' })
  expect(said).not.toContain('broken')
  expect(`${said}${stderr}`).toContain('Signature Verified Successfully')
})
