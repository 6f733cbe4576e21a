package api

import (
	"maps"

	"github.com/enrichd/enrichd/jsonapi"
)

// schemas are those of every resource, and the shapes that all share.
func (s *server) schemas() m {
	all := sharedSchemas()
	all[estimateType+"_document"] = documentOf(estimateSchema())
	all[previewType+"_document"] = documentOf(previewSchema())
	shown := maps.Clone(s.types)
	for _, r := range s.table() {
		if takes := r.about.takes; takes != nil {
			all[takes.Type+"_create"] = takes.requestSchema(true)
		}
		if gives := r.about.gives; gives != nil {
			shown[gives.Type] = gives
		}
	}
	for typ, r := range shown {
		all[typ] = r.schema()
		all[typ+"_document"] = documentOf(m{"oneOf": []m{ref("schemas", typ), {"type": "null"}}})
		all[typ+"_page"] = documentOf(m{"type": "array", "items": ref("schemas", typ)})
		if r.canCreate {
			all[typ+"_create"] = r.requestSchema(true)
		}
		if r.canUpdate {
			all[typ+"_update"] = r.requestSchema(false)
		}
	}
	return all
}

// schema is that of the resource object. A sparse fieldset may leave out every
// field.
func (r *resource) schema() m {
	attributes, relationships := m{}, m{}
	for _, f := range r.fields {
		attributes[f.Name] = orNullSchema(f.Form.schema)
	}
	for _, rel := range r.relations {
		relationships[rel.Name] = ref("schemas", "relationship")
	}
	properties := m{
		"type": m{"type": "string", "const": r.Type}, "id": m{"type": "string"},
		"attributes": m{"type": "object", "properties": attributes, "additionalProperties": false},
		"links":      ref("schemas", "links"), "meta": ref("schemas", "meta"),
	}
	if len(relationships) > 0 {
		properties["relationships"] = m{"type": "object", "properties": relationships, "additionalProperties": false}
	}
	return m{"type": "object", "required": []string{"type", "id"}, "properties": properties, "additionalProperties": false}
}

// orNullSchema lets a value be null as well.
func orNullSchema(schema m) m {
	if len(schema) == 0 {
		return schema
	}
	if enum, ok := schema["enum"].([]string); ok {
		values := []any{nil}
		for _, v := range enum {
			values = append(values, v)
		}
		return m{"enum": values}
	}
	either := maps.Clone(schema)
	if typ, ok := schema["type"].(string); ok {
		either["type"] = []string{typ, "null"}
	}
	return either
}

// requestSchema is that of a document that makes or changes a resource.
func (r *resource) requestSchema(creation bool) m {
	attributes, relationships, required := m{}, m{}, []string{}
	for _, f := range r.fields {
		if !f.allowed(creation) {
			continue
		}
		attributes[f.Name] = orNullSchema(f.Form.schema)
		if creation && f.Write == needed {
			attributes[f.Name] = f.Form.schema
			required = append(required, f.Name)
		}
	}
	for _, rel := range r.relations {
		if rel.allowed(creation) && !rel.many() {
			relationships[rel.Name] = m{"type": "object", "required": []string{"data"}, "properties": m{"data": ref("schemas", "to_one")}}
		}
	}
	data := m{
		"type": m{"type": "string", "const": r.Type}, "attributes": m{"type": "object", "properties": attributes, "required": required},
		"relationships": m{"type": "object", "properties": relationships},
	}
	must := []string{"type"}
	if creation {
		data["lid"] = m{"type": "string"}
		must = append(must, "attributes")
	} else {
		data["id"] = m{"type": "string"}
		must = append(must, "id")
	}
	return m{"type": "object", "required": []string{"data"}, "properties": m{"data": m{"type": "object", "required": must, "properties": data}, "meta": ref("schemas", "meta")}}
}

// documentOf is a document with this data.
func documentOf(data m) m {
	return m{"type": "object", "required": []string{"data", "jsonapi"}, "additionalProperties": false, "properties": m{
		"data": data, "jsonapi": ref("schemas", "jsonapi"), "links": ref("schemas", "links"), "meta": ref("schemas", "meta"),
		"included": m{"type": "array", "items": ref("schemas", "included")},
	}}
}

func sharedSchemas() m {
	text := m{"type": "string"}
	list := []string{}
	for _, code := range jsonapi.Codes() {
		list = append(list, code.Name)
	}
	return m{
		"jsonapi": m{"type": "object", "required": []string{"version"}, "properties": m{
			"version": m{"type": "string", "const": "1.1"}, "profile": m{"type": "array", "items": m{"type": "string", "format": "uri"}},
		}},
		"meta":       m{"type": "object"},
		"link":       m{"oneOf": []m{text, {"type": "null"}, {"type": "object", "required": []string{"href"}, "properties": m{"href": text, "type": text}}}},
		"links":      m{"type": "object", "additionalProperties": ref("schemas", "link")},
		"identifier": m{"type": "object", "required": []string{"type", "id"}, "properties": m{"type": text, "id": text, "meta": ref("schemas", "meta")}},
		"to_one":     m{"oneOf": []m{ref("schemas", "identifier"), {"type": "null"}}},
		"linkages":   m{"oneOf": []m{ref("schemas", "identifier"), {"type": "null"}, {"type": "array", "items": ref("schemas", "identifier")}}},
		"relationship": m{"type": "object", "properties": m{
			"data": ref("schemas", "linkages"), "links": ref("schemas", "links"), "meta": ref("schemas", "meta"),
		}},
		"included":        m{"type": "object", "required": []string{"type", "id"}, "properties": m{"type": text, "id": text, "attributes": m{"type": "object"}}},
		"linkage":         documentOf(ref("schemas", "linkages")),
		"linkage_request": m{"type": "object", "required": []string{"data"}, "properties": m{"data": ref("schemas", "linkages")}},
		"errors": m{"type": "object", "required": []string{"errors", "jsonapi"}, "properties": m{
			"jsonapi": ref("schemas", "jsonapi"), "meta": ref("schemas", "meta"), "errors": m{"type": "array", "minItems": 1, "items": m{
				"type": "object", "required": []string{"id", "status", "code", "title", "detail", "meta"}, "properties": m{
					"id": text, "status": m{"type": "string", "pattern": "^[45][0-9][0-9]$"}, "code": m{"type": "string", "enum": list}, "title": text, "detail": text,
					"links": ref("schemas", "links"), "source": m{"type": "object", "properties": m{"pointer": text, "parameter": text, "header": text}},
					"meta": m{"type": "object", "required": []string{"trace_id"}, "properties": m{"trace_id": text}},
				},
			}},
		}},
	}
}
