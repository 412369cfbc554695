/**
 * Runs one of the project's TypeScript scripts on the project's own Node, in a clone where nothing is installed yet.
 * `node test/setup/run.mjs [--browser] [--firefox] [--nats] [--office] SCRIPT [ARGUMENT…]`, on Node 20 or newer with built-in modules only.
 * Sets up what is missing (packages, Chromium, Firefox, nats-server, LibreOffice Calc, generated types) and says so on stderr: stdout is the script's alone.
 */
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants as osConstants } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NODE = join(ROOT, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')
const LOCK_WAIT_MS = 20 * 60_000
const OFFICE_DOWNLOAD_MS = 3 * 60_000

const main = () => {
  if (Number(process.versions.node.split('.')[0]) < 20)
    fail(`Daybook needs Node 20 or newer to set itself up; this is ${process.version}.`)
  const { script, args, wantsChromium, wantsFirefox, wantsNats, wantsOffice } = parseArguments(
    process.argv.slice(2),
  )
  if (!packagesAreCurrent()) alone(() => packagesAreCurrent() || installPackages())
  if (!typesAreGenerated()) alone(() => typesAreGenerated() || generateTypes())
  const env = { ...process.env }
  if (wantsChromium) env.CHROMIUM = findChromium() ?? alone(() => findChromium() ?? installChromium())
  if (wantsFirefox) env.FIREFOX = findFirefox() ?? alone(() => findFirefox() ?? installFirefox()) ?? ''
  if (wantsNats) env.NATS_SERVER = findNats() ?? alone(() => findNats() ?? installNats()) ?? ''
  if (wantsOffice) env.OFFICE = findOffice() ?? alone(() => findOffice() ?? installOffice()) ?? ''
  start(script, args, env)
}

const parseArguments = (argv) => {
  const flags = argv.slice(
    0,
    argv.findIndex((argument) => !argument.startsWith('--')),
  )
  const [script, ...args] = argv.slice(flags.length)
  if (script === undefined)
    fail('Usage: node test/setup/run.mjs [--browser] [--firefox] [--nats] [--office] SCRIPT [ARGUMENT…]')
  return {
    script: resolve(ROOT, script),
    args,
    wantsChromium: flags.includes('--browser'),
    wantsFirefox: flags.includes('--firefox'),
    wantsNats: flags.includes('--nats'),
    wantsOffice: flags.includes('--office'),
  }
}

/** What npm says it has put into node_modules is what the lockfile asks for; npm writes that note when it is done. */
const packagesAreCurrent = () => {
  const wanted = readLock('package-lock.json')
  const installed = readLock('node_modules/.package-lock.json')
  if (wanted === undefined) fail('package-lock.json is missing: this is no complete clone of Daybook.')
  if (installed === undefined || !existsSync(NODE)) return false
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    const found = installed[path]
    return path === '' || (found ? found.version === version : optional === true)
  })
}

const readLock = (path) => {
  try {
    return JSON.parse(readFileSync(join(ROOT, path), 'utf8')).packages
  } catch {
    return undefined
  }
}

const installPackages = () => {
  say('Installing npm packages from the lockfile (about a minute the first time) …')
  const env = { ...process.env }
  // Under `npm run --silent` npm would hide what went wrong from us as well.
  delete env.npm_config_loglevel
  const npm = process.env.npm_execpath
  const options = ['ci', '--include=dev', '--engine-strict=false', '--loglevel=error']
  const status = npm?.endsWith('js')
    ? run(process.execPath, [npm, ...options], { env })
    : run('npm', options, { env, shell: process.platform === 'win32' })
  if (status !== 0) fail('npm ci failed: see above. Nothing else was changed; run the same command again.')
}

const typesAreGenerated = () => existsSync(join(ROOT, '.wxt/tsconfig.json'))

const generateTypes = () => {
  say('Generating types (wxt prepare) …')
  if (run(NODE, [join(ROOT, 'node_modules/wxt/bin/wxt.mjs'), 'prepare']) !== 0)
    fail('wxt prepare failed: see above.')
}

/** Google's own Chrome is not looked for: from version 137 on it ignores `--load-extension`. */
const findChromium = () =>
  fromEnvironment('CHROMIUM') ??
  findProgram(['chromium', 'chromium-browser', 'google-chrome-for-testing', 'chrome-for-testing']) ??
  [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  ].find(isExecutable)

const installChromium = () => {
  if (!isDebianRoot())
    fail(
      'Chromium is missing: install it (macOS `brew install chromium`, Debian `sudo apt-get install chromium`), or set CHROMIUM to its path.',
    )
  aptInstall('Chromium', ['chromium', 'fonts-liberation'])
  return (
    findChromium() ??
    fail('apt-get could not install Chromium: see above. Or set CHROMIUM to the path of one.')
  )
}

const findFirefox = () =>
  fromEnvironment('FIREFOX') ??
  findProgram(['firefox-esr', 'firefox']) ??
  ['/Applications/Firefox.app/Contents/MacOS/firefox'].find(isExecutable)

const installFirefox = () => {
  if (isDebianRoot()) aptInstall('Firefox', ['firefox-esr'])
  const firefox = findFirefox()
  if (firefox === undefined) say('Firefox is not installed, so what is only for Firefox is left out.')
  return firefox
}

/** Debian puts it where only root looks for programs. */
const findNats = () =>
  fromEnvironment('NATS_SERVER') ??
  findProgram(['nats-server']) ??
  ['/usr/sbin/nats-server'].find(isExecutable)

const installNats = () => {
  if (isDebianRoot()) aptInstall('nats-server', ['nats-server'])
  const nats = findNats()
  if (nats === undefined)
    say(
      'nats-server is not installed, so what is only for a relay on JetStream is left out (NATS_SERVER can name one).',
    )
  return nats
}

const findOffice = () => fromEnvironment('OFFICE') ?? findProgram(['soffice', 'libreoffice'])

/** Large, and one test's alone: where it can't be fetched within some minutes, that test is left out. */
const installOffice = () => {
  if (isDebianRoot()) aptInstall('LibreOffice Calc', ['libreoffice-calc'], OFFICE_DOWNLOAD_MS)
  const office = findOffice()
  if (office === undefined)
    say(
      'LibreOffice is not installed, so the test that opens exports in Calc is left out (OFFICE can name one).',
    )
  return office
}

const fromEnvironment = (name) => {
  const path = process.env[name]
  if (!path) return undefined
  return isExecutable(path) ? path : fail(`${name} is set to ${path}, which is no program.`)
}

const findProgram = (names) => {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return names.flatMap((name) => folders.map((folder) => join(folder, name + suffix))).find(isExecutable)
}

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const isDebianRoot = () => {
  if (process.getuid?.() !== 0 || !existsSync('/etc/os-release')) return false
  return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
}

/** `downloadMs`: gives up where the download takes longer. What is unpacked is never stopped half-way. */
const aptInstall = (title, packages, downloadMs) => {
  say(`Installing ${title} with apt-get (this can take some minutes) …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=3']
  const install = [...options, 'install', '-y', '--no-install-recommends', ...packages]
  run('apt-get', [...options, 'update'], { env, timeout: downloadMs })
  if (
    downloadMs !== undefined &&
    run('apt-get', [...install, '--download-only'], { env, timeout: downloadMs }) !== 0
  )
    return
  run('apt-get', install, { env })
}

/** Runs `work` while no other run of this script in this clone sets anything up. */
const alone = (work) => {
  const lock = join(ROOT, '.cache/setup.lock')
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  const deadline = Date.now() + LOCK_WAIT_MS
  for (let told = false; !take(lock); told = true) {
    if (Date.now() > deadline)
      fail(`Another run has been setting up for too long; if there is none, delete ${lock}.`)
    if (!told) say('Waiting for another run that is setting up …')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  const release = () => rmSync(lock, { force: true })
  process.once('exit', release)
  try {
    return work()
  } finally {
    release()
    process.off('exit', release)
  }
}

const take = (lock) => {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (!isAlive(readHolder(lock))) rmSync(lock, { force: true })
    return false
  }
}

/** Undefined just after another run made the file and before it wrote its number, or after it let go. */
const readHolder = (lock) => {
  try {
    return Number(readFileSync(lock, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

const isAlive = (pid) => {
  if (pid === undefined) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

const run = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2], ...options }).status ?? 1

/** The script gets our streams, and we end as it ends. A Ctrl-C reaches both; we wait for its own goodbye. */
const start = (script, args, env) => {
  const path = [join(ROOT, 'node_modules/.bin'), env.PATH].join(delimiter)
  const child = spawn(NODE, [script, ...args], { stdio: 'inherit', env: { ...env, PATH: path } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', (error) => fail(`Could not start ${NODE}: ${error.message}`))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (osConstants.signals[signal ?? 'SIGTERM'] ?? 0)
  })
}

const say = (text) => process.stderr.write(`daybook: ${text}\n`)

const fail = (text) => {
  say(text)
  process.exit(1)
}

main()
