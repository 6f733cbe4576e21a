package main

import "strings"

func join(values []string) string { return strings.Join(values, ",") }

// cutEntity splits "document/1f0c…" into type and id.
func cutEntity(s string) (entityType, id string, ok bool) { return strings.Cut(s, "/") }
