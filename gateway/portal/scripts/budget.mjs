// Measures what the browser loads: first what index.html needs to show the home page, then with the completion form beside it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const FIRST_LOAD_KIB = 400
const dist = fileURLToPath(new URL('../dist', import.meta.url))
const manifest = JSON.parse(readFileSync(join(dist, 'asset-manifest.json'), 'utf8'))
const gzip = (file) => gzipSync(readFileSync(join(dist, file)), { level: 6 }).length

/** A chunk with everything it imports at once. */
function withImports(name, files = new Set()) {
  const chunk = manifest[name]
  if (files.has(chunk.file)) return files
  files.add(chunk.file)
  for (const style of chunk.css ?? []) files.add(style)
  for (const next of chunk.imports ?? []) withImports(next, files)
  return files
}

const sum = (files) => [...files].reduce((total, file) => total + gzip(file), 0)
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`

const first = new Set(['index.html', ...withImports('index.html')])
// One catalogue is loaded with the page; the larger one counts.
const languages = ['src/app/i18n/zh.ts', 'src/app/i18n/en.ts'].map((name) => withImports(name, new Set(first)))
const page = languages.sort((a, b) => sum(b) - sum(a))[0]
const form = withImports('src/features/tasks/CompletionForm.tsx', new Set(page))

for (const file of [...page].sort((a, b) => gzip(b) - gzip(a))) console.log(kib(gzip(file)).padStart(11), file)
console.log(`first load (home page): ${kib(sum(page))} gzip, allowed ${FIRST_LOAD_KIB} KiB`)
console.log(`with the completion form, loaded after it: ${kib(sum(form))} gzip`)
if (sum(page) > FIRST_LOAD_KIB * 1024) {
  console.error('The first load is over its budget.')
  process.exit(1)
}
