import JsonApi from 'devour-client'

export function connect(url, key) {
  const api = new JsonApi({
    apiUrl: `${url}/v1`, bearer: key, logger: false,
    errorBuilder: ({ code, status }) => ({ code, status }),
  })
  const text = ''
  const one = (type) => ({ jsonApi: 'hasOne', type })
  api.define('workspace', { name: text })
  api.define('enrichment_task', {
    enrichment_task_id: text, entity_type: text, entity_id: text, enrichment_type: text, status: text, input: {}, description: text,
    parent_task: one('enrichment_task'), workspace: one('workspace'), subtasks: { jsonApi: 'hasMany', type: 'enrichment_task' },
  }, { type: 'enrichment_task', collectionPath: 'enrichment-tasks' })
  const model = 'enrichment_task'
  return {
    create: async (attributes, parentId) =>
      (await api.create(model, parentId ? { ...attributes, parent_task: { id: parentId } } : attributes)).data,
    get: async (id, include) => (await api.find(model, id, include ? { include } : {})).data,
    update: async (id, attributes) => (await api.update(model, { id, ...attributes })).data,
    remove: (id) => api.destroy(model, id),
    async list({ filter, sort, include, size }) {
      const params = { filter, page: { size }, ...(sort && { sort }), ...(include && { include }) }
      const pages = []
      for (let page = await api.findAll(model, params); ; page = await api.request(new URL(page.links.next, url).href)) {
        pages.push(page.data)
        if (page.links.next === null) return pages
      }
    },
    parentId: async (id) => (await api.one(model, id).relationships('parent_task').get()).data?.id ?? null,
    // It has no linkage of nothing: none is a change of the resource.
    setParent: (id, parentId) => (parentId
      ? api.one(model, id).relationships('parent_task').patch({ id: parentId })
      : api.update(model, { id, parent_task: null })),
    subtaskIds: async (id) => (await api.one(model, id).relationships('subtasks').get()).data.map((task) => task.id),
    fault: (errors) => Object.values(errors)[0],
  }
}
