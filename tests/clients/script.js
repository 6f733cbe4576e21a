import assert from 'node:assert/strict'

// script is what a program does with tasks, in the terms that every library has.
// A client offers:
//
//   create(attributes, parentId?)  get(id, include)  update(id, attributes)  remove(id)
//   list({ filter, sort, include, size })  every page, one after the other, by links.next
//   parentId(id)  setParent(id, parentId | null)  subtaskIds(id)
//   fault(error)  { code, status }, as far as the library tells it
//
// A record is { id, …attributes, parent_task, workspace }, the last two as the
// library resolves what was included.
export async function script(client, { name, workspace }, step) {
  const entity = `clients-${name}`
  const attributes = (n) => ({
    entity_type: 'company', entity_id: entity, enrichment_type: 'logo', input: { n, deep: { list: [1, null, 'é😀'] } },
  })

  const parent = await client.create(attributes(0))
  assert.match(parent.id, /^[0-9a-f-]{36}$/)
  assert.equal(parent.status, 'pending')
  assert.equal(parent.enrichment_task_id, parent.id)
  const children = []
  for (let n = 1; n <= 5; n++) children.push(await client.create(attributes(n), n <= 3 ? parent.id : undefined))
  step('create')

  const got = await client.get(children[0].id, 'parent_task,workspace')
  assert.deepEqual(got.input, attributes(1).input)
  assert.equal(got.parent_task.id, parent.id)
  assert.equal(got.parent_task.entity_id, entity)
  assert.equal(got.workspace.id, workspace)
  step('get with include')

  const ids = [parent, ...children].map((task) => task.id)
  const filter = { entity_type: 'company', entity_id: entity, status: 'pending,failed' }
  const pages = await client.list({ filter, sort: 'created_at', include: 'parent_task', size: 4 })
  assert.deepEqual(pages.map((page) => page.length), [4, 2])
  assert.deepEqual(pages.flat().map((task) => task.id), ids)
  assert.equal(pages[0][1].parent_task.id, parent.id)
  step('list with filter, sort, include and pages')
  const newest = await client.list({ filter, sort: '-created_at', size: 6 })
  assert.deepEqual(newest.flat().map((task) => task.id), ids.toReversed())
  step('list the other way round')
  assert.deepEqual(await client.list({ filter: { ...filter, status: 'failed' }, size: 4 }), [[]])
  step('list of nothing')

  const patched = await client.update(children[0].id, { description: 'said by a client' })
  assert.equal(patched.description, 'said by a client')
  assert.equal((await client.get(children[0].id)).description, 'said by a client')
  step('patch')

  await refused(client, () => client.update(children[0].id, { description: 'other', status: 'completed' }), 'ATTRIBUTE_READ_ONLY', 403)
  const same = await client.get(children[0].id)
  assert.deepEqual([same.status, same.description], ['pending', 'said by a client'])
  step('forbidden patch')
  await refused(client, () => client.create({ ...attributes(9), enrichment_type: 'nonsense' }), 'INVALID_ENUM', 422)
  step('refused create')

  assert.equal(await client.parentId(children[0].id), parent.id)
  assert.deepEqual((await client.subtaskIds(parent.id)).toSorted(), ids.slice(1, 4).toSorted())
  await client.setParent(children[4].id, parent.id)
  assert.equal(await client.parentId(children[4].id), parent.id)
  await client.setParent(children[4].id, null)
  assert.equal(await client.parentId(children[4].id), null)
  assert.equal((await client.subtaskIds(parent.id)).length, 3)
  step('relationships')

  await client.remove(children[4].id)
  await refused(client, () => client.get(children[4].id), 'ENRICHMENT_TASK_NOT_FOUND', 404)
  assert.equal((await client.list({ filter, size: 100 })).flat().length, 5)
  step('delete')
  await refused(client, () => client.get('ffffffff-0000-4000-8000-000000000000'), 'ENRICHMENT_TASK_NOT_FOUND', 404)
  step('not found')
}

async function refused(client, call, code, status) {
  let error
  try {
    await call()
  } catch (e) {
    error = e
  }
  assert.ok(error, `expected to be refused with ${code}`)
  const told = await client.fault(error)
  if (told.code === undefined && told.status === undefined) throw error
  if (told.code !== undefined) assert.equal(told.code, code)
  if (told.status !== undefined) assert.equal(Number(told.status), status)
}
