import Kitsu from 'kitsu'

// connect: kitsu makes the path and the type out of one name; where ours differ,
// its request takes both.
export function connect(url, key) {
  const api = new Kitsu({
    baseURL: url, pluralize: false, camelCaseTypes: false, resourceCase: 'none',
    headers: { Authorization: `Bearer ${key}` },
  })
  const tasks = 'v1/enrichment-tasks'
  const type = 'enrichment_task'
  const send = async (method, path, body) => flat((await api.request({ method, url: path, type, body })).data)
  const read = async (path, params) => api.request({ url: path, type, params })
  return {
    create: (attributes, parentId) =>
      send('POST', tasks, parentId ? { ...attributes, parent_task: { data: { type, id: parentId } } } : attributes),
    get: async (id, include) => flat((await read(`${tasks}/${id}`, include ? { include } : {})).data),
    update: (id, attributes) => send('PATCH', `${tasks}/${id}`, { id, ...attributes }),
    // Its delete sends a body, with the path for a type.
    remove: (id) => api.delete(tasks, id),
    async list({ filter, sort, include, size }) {
      const params = { filter, page: { size }, ...(sort && { sort }), ...(include && { include }) }
      const pages = []
      for (let page = await read(tasks, params); ; page = await read(page.links.next)) {
        pages.push(page.data.map(flat))
        if (page.links.next === null) return pages
      }
    },
    parentId: async (id) => (await read(`${tasks}/${id}/relationships/parent_task`)).data?.id ?? null,
    setParent: (id, parentId) =>
      api.request({ method: 'PATCH', url: `${tasks}/${id}/relationships/parent_task`, type, body: parentId && { id: parentId } }),
    subtaskIds: async (id) => (await read(`${tasks}/${id}/subtasks`)).data.map((task) => task.id),
    fault: (error) => ({ code: error.errors?.[0].code, status: error.response?.status }),
  }
}

// flat takes the data of relationships out of their envelopes.
function flat(task) {
  return task && { ...task, parent_task: task.parent_task?.data, workspace: task.workspace?.data }
}
