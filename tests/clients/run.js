// Runs the script with each library against a server of its own:
//   node run.js [library…]
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { script } from './script.js'
import * as devour from './devour.js'
import * as mcp from './mcp.js'
import * as kitsu from './kitsu.js'
import * as orbit from './orbit.js'
import * as spraypaint from './spraypaint.js'

const libraries = { kitsu, 'devour-client': devour, '@orbit/jsonapi': orbit, spraypaint }

// What each does with a server: the script, or what agents do.
const runs = {
  ...Object.fromEntries(Object.entries(libraries).map(([name, library]) => [
    name, (url, key, workspace, step) => script(library.connect(url, key), { name, workspace }, step),
  ])),
  '@modelcontextprotocol/sdk': (url, key, workspace, step) => mcp.official(url, key, step),
  '@modelcontextprotocol/conformance': (url, key, workspace, step) => mcp.conformance(url, key, step),
}

const program = fileURLToPath(new URL('../../bin/enrichd', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'enrichd-clients-'))
const server = spawn(program, ['dev', '--json', '--no-demo', '--addr', '127.0.0.1:0', '--data', folder], {
  stdio: ['ignore', 'pipe', 'pipe'],
})
let log = ''
server.stderr.on('data', (chunk) => { log = (log + chunk).slice(-10_000) })
const gone = once(server, 'exit')

let failed = 0
try {
  const lines = createInterface({ input: server.stdout })
  const [first] = await Promise.race([once(lines, 'line'), gone.then(() => { throw new Error(`the server ended:\n${log}`) })])
  const { url, api_key: key, workspace_id: workspace, database_url: database } = JSON.parse(first)
  // What the script makes must wait while it looks at it.
  execFileSync(program, ['limit', 'pause', 'type:logo', '--for', '1h', '--database-url', database], { stdio: ['ignore', 'ignore', 'inherit'] })
  const asked = process.argv.slice(2)
  for (const [name, run] of Object.entries(runs)) {
    if (asked.length > 0 && !asked.includes(name)) continue
    let steps = 0
    try {
      const done = run(url, key, workspace, () => { steps++ })
      await Promise.race([done, tooLong(120_000)])
      console.log(`ok    ${name}: ${steps} steps`)
    } catch (error) {
      failed++
      console.log(`FAIL  ${name} after ${steps} steps:`, error)
    }
  }
} finally {
  server.kill('SIGINT')
  await gone
  await rm(folder, { recursive: true, force: true })
}
process.exit(failed > 0 ? 1 : 0)

// tooLong ends a library that waits for ever.
async function tooLong(ms) {
  await sleep(ms)
  throw new Error(`not done after ${ms / 1000} s`)
}
