/** Runs the project's command-line tools one after the other and says how each went and how long it took. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A program that could not do its work ends with this code: no failure, and shown as what it is. */
export const SKIPPED = 77

export interface Step {
  readonly name: string
  /** Programs of node_modules/.bin with their arguments, run in order until one fails. */
  readonly commands: readonly (readonly [program: string, ...args: string[]])[]
}

/** One line a step on stderr; what a failed step printed follows its line. Resolves to whether all steps passed. */
export const runSteps = async (steps: readonly Step[]): Promise<boolean> => {
  const failed: string[] = []
  for (const step of steps) {
    const startedMs = performance.now()
    process.stderr.write(`… ${step.name}${process.stderr.isTTY ? '' : '\n'}`)
    const { passed, skipped, output } = await runStep(step)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    const back = process.stderr.isTTY ? '\r' : ''
    process.stderr.write(
      `${back}${skipped ? '– skipped:' : passed ? '✓' : '✗'} ${step.name} (${seconds} s)\n`,
    )
    if (skipped) process.stderr.write(`${output.trimEnd()}\n`)
    if (passed) continue
    failed.push(step.name)
    process.stderr.write(`${output.trimEnd()}\n`)
  }
  return failed.length === 0
}

const runStep = async (step: Step): Promise<{ passed: boolean; skipped: boolean; output: string }> => {
  let output = ''
  let skipped = false
  for (const [program, ...args] of step.commands) {
    const result = await runProgram(program, args)
    output += `$ ${program} ${args.join(' ')}\n${result.output}`
    if (result.code === SKIPPED) skipped = true
    else if (result.code !== 0) return { passed: false, skipped, output }
  }
  return { passed: true, skipped, output }
}

const runProgram = (program: string, args: readonly string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }))
  })
