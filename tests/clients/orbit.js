import orbit from '@orbit/jsonapi'
import records from '@orbit/records'
import serializers from '@orbit/serializers'

const { JSONAPISource, JSONAPISerializers } = orbit
const type = 'enrichment_task'

export function connect(url, key) {
  const schema = new records.RecordSchema({
    models: {
      workspace: { attributes: { name: {} } },
      [type]: {
        keys: { remoteId: {} },
        attributes: Object.fromEntries(
          ['enrichment_task_id', 'entity_type', 'entity_id', 'enrichment_type', 'status', 'input', 'description'].map((name) => [name, {}]),
        ),
        relationships: {
          parent_task: { kind: 'hasOne', type }, subtasks: { kind: 'hasMany', type }, workspace: { kind: 'hasOne', type: 'workspace' },
        },
      },
    },
  })
  const keyMap = new records.RecordKeyMap()
  const plain = { serializationOptions: { inflectors: [] } }
  const source = new JSONAPISource({
    schema, keyMap, name: 'enrichd', host: url, namespace: 'v1',
    defaultFetchSettings: { headers: { Authorization: `Bearer ${key}` } },
    // Our relationships are written with underscores in paths as well.
    serializerSettingsFor: serializers.buildSerializerSettingsFor({ settingsByType: { [JSONAPISerializers.ResourceFieldPath]: plain } }),
  })
  const local = (id) => ({ type, id: keyMap.keyToId(type, 'remoteId', id) ?? remember(id) })
  const remember = (id) => {
    const record = { type, id: schema.generateId(type), keys: { remoteId: id } }
    keyMap.pushRecord(record)
    return record.id
  }
  const remoteId = (record) => (record ? keyMap.idToKey(type, 'remoteId', record.id) : null)
  const shown = (record, included = []) => {
    const related = (name) => {
      const linked = record.relationships?.[name]?.data
      return linked && show(included.find((each) => each.type === linked.type && each.id === linked.id) ?? linked)
    }
    return { ...show(record), parent_task: related('parent_task'), workspace: related('workspace') }
  }
  const show = (record) => ({ ...record.attributes, id: record.type === type ? remoteId(record) : record.id })
  const query = (build) => source.query(build, { fullResponse: true })
  const includedIn = (response) => response.transforms.flatMap((t) => t.operations).map((op) => op.record).filter(Boolean)
  const raise = { raiseNotFoundExceptions: true }
  return {
    create: async (attributes, parentId) => shown(await source.update((t) => t.addRecord({
      type, attributes, ...(parentId && { relationships: { parent_task: { data: local(parentId) } } }),
    }))),
    async get(id, include) {
      const response = await query((q) => q.findRecord(local(id)).options({ ...raise, ...(include && { include: include.split(',') }) }))
      return shown(response.data, includedIn(response))
    },
    update: async (id, attributes) => shown(await source.update((t) => t.updateRecord({ ...local(id), attributes }))),
    remove: (id) => source.update((t) => t.removeRecord(local(id))),
    async list({ filter, sort, include, size }) {
      const find = (q) => q.findRecords(type)
      const where = Object.entries(filter).map(([attribute, value]) => ({ attribute, op: 'equal', value }))
      let response = await query((q) => {
        // Its page takes offsets and limits alone; what is an option is sent as it is.
        const asked = find(q).filter(...where).options({ page: { size }, ...(include && { include: include.split(',') }) })
        return sort ? asked.sort(sort) : asked
      })
      const pages = []
      for (;;) {
        const page = response
        pages.push(page.data.map((record) => shown(record, includedIn(page))))
        const { next } = page.details[0].document.links
        if (next === null) return pages
        response = await query((q) => find(q).options({ url: new URL(next, url).href }))
      }
    },
    parentId: async (id) => remoteId(await source.query((q) => q.findRelatedRecord(local(id), 'parent_task'))),
    setParent: (id, parentId) => source.update((t) => t.replaceRelatedRecord(local(id), 'parent_task', parentId && local(parentId))),
    subtaskIds: async (id) => (await source.query((q) => q.findRelatedRecords(local(id), 'subtasks'))).map(remoteId),
    async fault(error) {
      await source.requestQueue.skip() // it stops at what failed until it is told to go on
      if (error instanceof records.RecordNotFoundException) return { status: 404 }
      return { code: error.data?.errors?.[0].code, status: error.response?.status }
    },
  }
}
