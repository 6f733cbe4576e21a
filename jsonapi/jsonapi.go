// Package jsonapi is the media type: documents, errors, queries, cursors.
//
// It speaks JSON:API 1.1 with the cursor pagination profile and knows no
// resource of ours. A face describes its resources in these terms: it checks
// what a request accepts and sends, decodes a request document strictly, parses
// the query against what it declared, and writes documents or errors.
//
// The words: a document is the whole body; a resource has a type, an id, fields
// (attributes and relationships) and links; a linkage is the data of a
// relationship, made of identifiers; a fault is an error object before it is
// written. A pointer is a JSON pointer into the request document (RFC 6901).
package jsonapi

// MediaType is the media type of every request and response.
const MediaType = "application/vnd.api+json"

// CursorProfile is the profile that lists are paged by.
const CursorProfile = "https://jsonapi.org/profiles/ethanresnick/cursor-pagination"
