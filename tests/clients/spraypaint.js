import { createRequire } from 'node:module'

// Its package is CommonJS for Node.
const { SpraypaintBase, attr, belongsTo, hasMany } = createRequire(import.meta.url)('spraypaint')

export function connect(url, key) {
  const Base = SpraypaintBase.extend({
    static: {
      baseUrl: url, apiNamespace: '/v1', jwt: key, keyCase: { server: 'snake', client: 'snake' },
      generateAuthHeader: (token) => `Bearer ${token}`,
    },
  })
  const Workspace = Base.extend({ static: { jsonapiType: 'workspace', endpoint: '/workspaces' }, attrs: { name: attr() } })
  const Task = Base.extend({
    static: { jsonapiType: 'enrichment_task', endpoint: '/enrichment-tasks' },
    attrs: {
      enrichment_task_id: attr({ persist: false }), entity_type: attr(), entity_id: attr(), enrichment_type: attr(), status: attr(),
      input: attr(), description: attr(), parent_task: belongsTo({ type: 'enrichment_task' }), subtasks: hasMany({ type: 'enrichment_task' }),
      workspace: belongsTo({ type: Workspace }),
    },
  })
  // Where what is sent is no good, save answers false and the record says why.
  const save = async (task, options) => {
    if (await task.save(options)) return task
    throw Object.assign(new Error('invalid'), { errors: task.errors })
  }
  const find = async (id, include) => (await (include ? Task.includes(include.split(',')) : Task).find(id)).data
  return {
    async create(attributes, parentId) {
      const task = new Task(attributes)
      if (parentId) task.parent_task = await find(parentId)
      return save(task, { with: parentId ? 'parent_task' : undefined })
    },
    get: find,
    update: async (id, attributes) => save(Object.assign(await find(id), attributes)),
    remove: async (id) => (await find(id)).destroy(),
    async list({ filter, sort, include, size }) {
      let scope = Task.where(filter).per(size)
      if (sort) scope = scope.order(sort.startsWith('-') ? { [sort.slice(1)]: 'desc' } : { [sort]: 'asc' })
      if (include) scope = scope.includes(include)
      const pages = []
      for (let page = await scope.all(); ;) {
        pages.push(page.data)
        const { next } = page.raw.links
        if (next === null) return pages
        const after = new URL(next, url).searchParams.get('page[after]')
        page = await scope.extraParams({ page: { size, after } }).all()
      }
    },
    parentId: async (id) => (await find(id, 'parent_task')).parent_task?.id ?? null,
    // It cannot send a relationship to nothing.
    async setParent(id, parentId) {
      const task = await find(id)
      if (parentId) {
        task.parent_task = await find(parentId)
        return save(task, { with: 'parent_task' })
      }
      const { headers } = Task.fetchOptions()
      const answer = await fetch(`${Task.url(id)}/relationships/parent_task`, { method: 'PATCH', headers, body: '{"data":null}' })
      if (!answer.ok) throw new Error(await answer.text())
    },
    subtaskIds: async (id) => (await find(id, 'subtasks')).subtasks.map((task) => task.id),
    async fault(error) {
      if (error.errors) return { code: Object.values(error.errors)[0].code }
      const { errors } = await error.response.clone().json()
      return { code: errors[0].code, status: error.response.status }
    },
  }
}
