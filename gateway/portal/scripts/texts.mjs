// Checks the texts: every key in both languages with the same places, no key that nothing uses, no Chinese outside of the catalogue,
// no key asked for that does not exist. (That the English catalogue is complete, tsc says as well.)
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const src = fileURLToPath(new URL('../src', import.meta.url))
const wrong = []

/** The texts of a language: key -> its text and the file it stands in. */
function catalogue(language) {
  const folder = join(src, 'app/i18n', language)
  const found = new Map()
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8')
    const entries = [...text.matchAll(/^ {2}'([^']+)':\s*(?:\n\s*)?(['"])(.*)\2,$/gm)].map(([, key, , value]) => [key, value])
    const keys = [...text.matchAll(/^ {2}'([^']+)':/gm)].map(([, key]) => key)
    if (keys.length !== entries.length) wrong.push(`${language}/${file}: ${keys.length - entries.length} entries are not written as 'key': 'text',`)
    for (const [key, value] of entries) {
      if (found.has(key)) wrong.push(`${language}/${file}: '${key}' stands in ${found.get(key).file} already`)
      found.set(key, { text: value, file })
    }
  }
  return found
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'rpc' || entry.name === 'i18n' ? [] : files(path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
}

const places = (text) => [...new Set([...text.matchAll(/\{(\w+)[|}]/g)].map(([, name]) => name))].sort().join(',')

const zh = catalogue('zh')
const en = catalogue('en')
for (const [key, { text, file }] of zh) {
  const english = en.get(key)
  if (!english) wrong.push(`en/${file}: missing '${key}'`)
  else if (english.file !== file) wrong.push(`'${key}' stands in zh/${file} and in en/${english.file}`)
  else if (places(text) !== places(english.text)) wrong.push(`'${key}': places differ: ${places(text)} / ${places(english.text)}`)
  if (key.startsWith('error.') && (text.split('|').length !== 3 || english?.text.split('|').length !== 3)) wrong.push(`'${key}': wants three sentences split by |`)
}
for (const [key, { text, file }] of en) {
  if (!zh.has(key)) wrong.push(`zh/${file}: missing '${key}'`)
  if (/\p{Script=Han}/u.test(text) && !key.startsWith('language.')) wrong.push(`en/${file}: '${key}' holds Chinese`)
}

const source = files(src).map((path) => [path, readFileSync(path, 'utf8')])
const all = source.map(([, text]) => text).join('\n')
// `t(`task.kind.${name}`)` uses every key that begins like it.
const prefixes = [...all.matchAll(/`([\w.]+\.)\$\{/g)].map(([, prefix]) => prefix)
for (const key of zh.keys()) {
  const used = all.includes(`'${key}'`) || prefixes.some((prefix) => key.startsWith(prefix))
  if (!used) wrong.push(`'${key}' is used nowhere`)
}
for (const [path, text] of source) {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
  const han = code.match(/["'`>][^"'`<>\n]*\p{Script=Han}[^"'`<>\n]*["'`<]/u)
  if (han) wrong.push(`${path.slice(src.length + 1)}: text outside of the catalogue: ${han[0]}`)
}

if (wrong.length > 0) {
  console.error(wrong.join('\n'))
  process.exit(1)
}
console.log(`texts: ${zh.size} keys in two languages`)
