// The hub for agents, used by the official TypeScript client (MCP-08) and held
// against the official conformance scenarios (MCP-20).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

// official lists, calls, and goes on in a new connection.
export async function official(url, key, step) {
  const connect = async () => {
    const transport = new StreamableHTTPClientTransport(new URL('/v1/mcp', url), { requestInit: { headers: { Authorization: `Bearer ${key}` } } })
    const client = new Client({ name: 'enrichd-clients', version: '1' })
    await client.connect(transport)
    assert.equal(transport.sessionId, undefined, 'the hub keeps no sessions')
    assert.equal(transport.protocolVersion, '2025-11-25')
    return client
  }
  const client = await connect()
  step()
  const { tools } = await client.listTools()
  assert.ok(tools.length >= 6 && tools.every((t) => t.description && t.annotations && t.outputSchema), 'tools')
  step()
  const started = await client.callTool({ name: 'enrichd_start_enrichment', arguments: { enrichment_type: 'logo', entity_type: 'company', entity_ids: ['mcp-1', 'mcp-2'] } })
  assert.ok(!started.isError && started.structuredContent.batch_id, JSON.stringify(started))
  step()
  await client.close()
  const again = await connect()
  const batch = await again.callTool({ name: 'enrichd_get_enrichment_batch', arguments: { batch_id: started.structuredContent.batch_id } })
  assert.equal(batch.structuredContent.total, 2)
  step()
  const list = await again.callTool({ name: 'enrichd_list_enrichment_tasks', arguments: { batch_id: started.structuredContent.batch_id, limit: 1 } })
  assert.ok(list.structuredContent.next_cursor, 'a second page')
  const next = await again.callTool({ name: 'enrichd_list_enrichment_tasks', arguments: { batch_id: started.structuredContent.batch_id, limit: 1, cursor: list.structuredContent.next_cursor } })
  assert.notEqual(next.structuredContent.tasks[0].task_id, list.structuredContent.tasks[0].task_id)
  step()
  const id = next.structuredContent.tasks[0].task_id
  const resource = await again.readResource({ uri: `enrichment://tasks/${id}` })
  assert.equal(JSON.parse(resource.contents[0].text).task_id, id)
  step()
  const wrong = await again.callTool({ name: 'enrichd_get_enrichment_task', arguments: { task_id: 'nobody' } })
  assert.ok(wrong.isError && wrong.content[0].text.includes('not found'), JSON.stringify(wrong))
  step()
  await again.close()
}

const scenarios = ['server-initialize', 'ping', 'tools-list', 'resources-list', 'dns-rebinding-protection']

// conformance runs the scenarios that speak of what the hub has. Their program can
// send no key, so it is aimed at a passage that adds one.
export async function conformance(url, key, step) {
  const passage = http.createServer((req, res) => {
    const to = http.request(new URL(req.url, url), { method: req.method, headers: { ...req.headers, authorization: `Bearer ${key}` } }, (answer) => {
      res.writeHead(answer.statusCode, answer.headers)
      answer.pipe(res)
    })
    to.on('error', () => res.destroy())
    req.pipe(to)
  })
  passage.listen(0, '127.0.0.1')
  await once(passage, 'listening')
  try {
    for (const scenario of scenarios) {
      const program = fileURLToPath(new URL('node_modules/.bin/conformance', import.meta.url))
      const run = spawn(program, ['server', '--url', `http://localhost:${passage.address().port}/v1/mcp`, '--scenario', scenario])
      let said = ''
      for (const stream of [run.stdout, run.stderr]) stream.on('data', (chunk) => { said += chunk })
      const [code] = await once(run, 'exit')
      assert.equal(code, 0, `${scenario}:\n${said}`)
      step()
    }
  } finally {
    passage.close()
  }
}
