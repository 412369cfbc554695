/**
 * How the pages' scripts are cut. Left to itself the bundler makes a file of each set of modules that some pages share: 24 for the
 * popup, each asked for on its own. Here `look` is what reads the first rows and `first` what draws them. The pages name both, so that
 * the one runs while the other is on its way.
 */
import type { HtmlTagDescriptor, Plugin, Rolldown } from 'vite'

export const firstScript = (): Plugin => ({
  name: 'first-script',
  apply: 'build',
  // Content scripts are one file each.
  outputOptions: (options) =>
    options.format === 'es' ? { ...options, codeSplitting: { groups: createGroups() } } : options,
  transformIndexHtml: {
    order: 'post',
    handler: (html, { bundle = {}, chunk }) => {
      const shown = chunk?.dynamicImports.find((file) => /\bshow-/.test(file))
      if (!chunk || !shown) return []
      const files = [...new Set([...filesOf(chunk, bundle), ...filesOf(bundle[shown], bundle)])]
      const styles = files.filter((file) => file.endsWith('.css'))
      const ahead = files.filter((file) => file !== chunk.fileName && !styles.includes(file))
      return {
        html: html
          .replaceAll(/\s*<link rel="(stylesheet|modulepreload)"[^>]*>/g, '')
          // It needs no styles to read the disk.
          .replace('<script type="module"', '<script type="module" async'),
        tags: [
          ...ahead.map((file) =>
            inHead('link', { rel: 'modulepreload', crossorigin: true, href: `/${file}` }),
          ),
          // In the page itself: each file that is asked for costs a few milliseconds.
          ...styles.map((file) => inHead('style', {}, styleText(bundle[file]))),
          // The script that loads the rest looks for them, and would ask for them.
          ...styles.map((file) => inHead('link', { rel: 'stylesheet', href: `/${file}`, disabled: true })),
        ],
      }
    },
  },
})

const inHead = (
  tag: string,
  attrs: Record<string, string | boolean>,
  children?: string,
): HtmlTagDescriptor => ({
  tag,
  attrs,
  ...(children !== undefined && { children }),
  injectTo: 'head',
})

const styleText = (file: Rolldown.OutputChunk | Rolldown.OutputAsset | undefined): string => {
  if (file?.type !== 'asset') throw new Error('the styles of a page are not in the bundle')
  return String(file.source)
}

/** By what the popup needs: the panel and Audit Logs need nearly all of it too. Each group takes what the next would take with it. */
const createGroups = (): Rolldown.CodeSplittingGroup[] => {
  const modules = new Map<string, ReadonlySet<string>>()
  const has = (path: string, id: string, context: Rolldown.ChunkingContext): boolean => {
    const known = modules.get(path) ?? modulesOf(path, context)
    modules.set(path, known)
    return known.has(id) && !id.includes('/entrypoints/')
  }
  const [look, first] = ['entrypoints/popup/main.ts', 'entrypoints/popup/show.ts']
  return [
    { priority: 2, name: (id, context) => (has(look, id, context) ? 'look' : null) },
    { priority: 1, name: (id, context) => (has(first, id, context) ? 'first' : null) },
  ]
}

/** With what starts it and all that these import statically. */
const modulesOf = (path: string, context: Rolldown.ChunkingContext): ReadonlySet<string> => {
  const start = `${import.meta.dirname}/${path}`
  const modules = new Set([start, ...(context.getModuleInfo(start)?.importers ?? [])])
  for (const id of modules)
    for (const imported of context.getModuleInfo(id)?.importedIds ?? []) modules.add(imported)
  return modules
}

/** A script's file, its styles, and those of all that it imports statically. */
const filesOf = (
  chunk: Rolldown.OutputChunk | Rolldown.OutputAsset | undefined,
  bundle: Rolldown.OutputBundle,
): string[] =>
  chunk?.type === 'chunk'
    ? [
        chunk.fileName,
        ...chunk.imports.flatMap((file) => filesOf(bundle[file], bundle)),
        ...(chunk.viteMetadata?.importedCss ?? []),
      ]
    : []
