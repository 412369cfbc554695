import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from './steps.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-run-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('arguments go to the script, and its output and exit code come back, with nothing else on stdout', async () => {
  const script = await write(
    'const rest: string[] = process.argv.slice(2); console.log(...rest); process.exitCode = 7',
  )
  expect(await run([script, 'one', '--two'])).toEqual({ code: 7, stdout: 'one --two\n', stderr: '' })
})

test('the script runs on Node 24', async () => {
  const { stdout } = await run([await write('console.log(process.version as string)')])
  expect(stdout).toMatch(/^v24\./)
})

test('a signal reaches the script, which ends as it likes', async () => {
  const script = await write(
    "process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); console.log('up')",
  )
  expect(await run([script], { killOnOutput: true })).toMatchObject({ code: 5 })
})

test('a browser that is not where it was said to be is named in one sentence', async () => {
  const script = await write('console.log("not reached")')
  expect(await run(['--browser', script], { env: { CHROMIUM: '/nowhere/chromium' } })).toEqual({
    code: 1,
    stdout: '',
    stderr: 'daybook: CHROMIUM is set to /nowhere/chromium, which is no program.\n',
  })
})

let written = 0
const write = async (source: string): Promise<string> => {
  const path = join(folder, `script-${written++}.ts`)
  await writeFile(path, source)
  return path
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly killOnOutput?: boolean
}

interface RunResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const run = (args: readonly string[], { env, killOnOutput }: RunOptions = {}): Promise<RunResult> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'test/setup/run.mjs'), ...args], {
      env: { ...process.env, ...env },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
      if (killOnOutput) child.kill('SIGTERM')
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
