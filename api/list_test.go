package api_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
)

// LST: lists.
func TestLists(t *testing.T) {
	b := setup(t)
	b.fixture()
	page := b.get(base)
	b.says("LST-01", page.status == 200 && page.list("data") != nil, page)
	none := b.get(base + "?filter[entity_id]=nobody")
	b.says("LST-02", none.status == 200 && strings.Contains(none.body, `"data":[]`), none)
	all := b.get(base + "?page[size]=500")
	want := newestFirst(b)
	b.says("LST-03", slices.Equal(all.ids(), want), all.ids(), want)
	b.says("LST-04", len(all.ids()) == 60 && !slices.Contains(all.ids(), id(deleted)), len(all.ids()))
	b.says("LST-05", len(page.ids()) == 20 && b.get(base+"?page[size]=501").status == 400, len(page.ids()))
	head, options := b.send("HEAD", base, ""), b.send("OPTIONS", base, "")
	b.says("LST-06", head.status == 200 && head.body == "" && head.header.Get("Content-Length") == page.header.Get("Content-Length") &&
		head.header.Get("Content-Type") == page.header.Get("Content-Type") && options.header.Get("Allow") == "GET, HEAD, POST", head, options)
	put, del := b.send("PUT", base, ""), b.send("DELETE", base, "")
	b.says("LST-07", put.refused(405, "METHOD_NOT_ALLOWED", "") && del.status == 405 && put.header.Get("Allow") == "GET, HEAD, POST" && del.header.Get("Allow") == "GET, HEAD, POST", put, del)
	other := b.get(base, "Authorization", "Bearer "+b.k2)
	b.says("LST-08", other.status == 200 && len(other.ids()) == 0, other)
}

// newestFirst are the ids of the fixture as the list should give them.
func newestFirst(b *bench) []string {
	list := pgtest.Query[[]string](b, b.dbURL, `SELECT array_agg(enrichment_task_id::text ORDER BY created_at DESC, enrichment_task_id DESC) FROM enrichment_tasks WHERE deleted_at IS NULL`)
	return list
}

// walk follows a link of the pages from a first one and gives their ids.
func (b *bench) walk(path, link string) (pages [][]string) {
	b.Helper()
	for path != "" && len(pages) < 200 {
		r := b.get(path)
		if r.status != 200 {
			b.Fatalf("%s: %s", path, r)
		}
		pages = append(pages, r.ids())
		path = r.text("links", link)
	}
	return pages
}

// PAG: pages by cursor.
func TestPages(t *testing.T) {
	b := setup(t)
	b.fixture()
	all := newestFirst(b)
	first := b.get(base + "?page[size]=7")
	links := first.at("links").(map[string]any)
	_, hasPrev := links["prev"]
	_, hasNext := links["next"]
	b.says("PAG-01", hasPrev && hasNext, links)
	pages := b.walk(base+"?page[size]=7", "next")
	full := len(pages) == 9
	for i, p := range pages {
		full = full && (len(p) == 7 || i == 8 && len(p) == 4)
	}
	b.says("PAG-02", full, pages)
	refused := true
	for _, size := range []string{"0", "-1", "abc", "1.5", "", "%2B7", "1e2"} {
		refused = refused && b.get(base+"?page[size]="+size).refused(400, "INVALID_QUERY_PARAMETER", "parameter page[size]")
	}
	b.says("PAG-03", refused)
	large := b.get(base + "?page[size]=501")
	b.says("PAG-04", large.refused(400, "MAX_PAGE_SIZE_EXCEEDED", "parameter page[size]") && large.at("errors", 0, "meta", "page", "maxSize") == 500.0 &&
		large.text("errors", 0, "links", "type") == cpp+"/max-size-exceeded", large)
	b.says("PAG-05", len(b.get(base+"?page[size]=007").ids()) == 7)
	for number, parameter := range map[string]string{"PAG-06": "page[after]", "PAG-07": "page[before]"} {
		r := b.get(base + "?" + parameter + "=garbage")
		b.says(number, r.refused(400, "INVALID_CURSOR", "parameter "+parameter), r)
	}
	both := b.get(base + "?page[after]=x&page[before]=y")
	b.says("PAG-08", both.status == 400 && both.text("errors", 0, "links", "type") == cpp+"/range-pagination-not-supported", both)
	b.says("PAG-09", links["prev"] == nil && links["next"] != nil, links)
	last := b.get(base + "?page[size]=60")
	b.says("PAG-10", last.at("links", "next") == nil && len(last.ids()) == 60, last.at("links"))
	b.pageWalks(all)
	b.pageCursors(first)
	b.pageParameters(first)
}

func (b *bench) pageWalks(all []string) {
	every, back, edge := true, true, true
	for _, size := range []int{1, 3, 7, 13, 20, 59, 60, 61} {
		pages := b.walk(fmt.Sprintf("%s?page[size]=%d", base, size), "next")
		every = every && slices.Equal(slices.Concat(pages...), all)
		// The last page by next has a prev; from there everything comes in reverse pages.
		path := fmt.Sprintf("%s?page[size]=%d", base, size)
		for r := b.get(path); r.text("links", "next") != ""; r = b.get(path) {
			path = r.text("links", "next")
		}
		reverse := b.walk(path, "prev")
		slices.Reverse(reverse)
		back = back && slices.Equal(slices.Concat(reverse...), all)
	}
	b.says("PAG-11", every)
	b.says("PAG-12", back)
	for size := 34; size <= 41; size++ { // the seven stand at places 35 to 41
		pages := b.walk(fmt.Sprintf("%s?page[size]=%d", base, size), "next")
		edge = edge && slices.Equal(slices.Concat(pages...), all)
	}
	b.says("PAG-13", edge)
	micro := b.walk(base+"?page[size]=1&sort=created_at&filter[created_at][gte]=2026-05-01T10:30:00Z&filter[created_at][lt]=2026-05-01T10:30:01Z", "next")
	b.says("PAG-14", slices.Equal(slices.Concat(micro...), []string{id(30), id(31), id(32), id(33), id(34)}), micro)
}

func (b *bench) pageCursors(first reply) {
	next := first.text("links", "next")
	want := b.get(next).ids()
	for i := range 10 {
		b.make(fmt.Sprintf(`"entity_type":"x","entity_id":"new-%d","enrichment_type":"logo"`, i))
	}
	b.says("PAG-15", slices.Equal(b.get(next).ids(), want), want)
	b.send("DELETE", base+"/"+first.ids()[6], "")
	b.says("PAG-16", slices.Equal(b.get(next).ids(), want), want)
	filtered := b.get(base + "?filter[status]=pending,completed&sort=-created_at&include=workspace&fields[enrichment_task]=status&page[size]=3")
	u, err := url.Parse(filtered.text("links", "next"))
	kept := err == nil
	for name, value := range map[string]string{"filter[status]": "pending,completed", "sort": "-created_at", "include": "workspace", "fields[enrichment_task]": "status", "page[size]": "3"} {
		kept = kept && u.Query().Get(name) == value
	}
	b.says("PAG-17", kept, u)
	b.says("PAG-18", strings.HasPrefix(next, "/v1/") && !strings.ContainsAny(next, "[] ") && b.get(next).status == 200, next)
	after := cursorOf(next)
	bound := true
	for _, query := range []string{"?page[size]=7&filter[status]=pending&page[after]=", "?sort=created_at&page[after]=", "?sort=-updated_at&page[after]=", "/" + id(parent) + "/subtasks?page[after]="} {
		bound = bound && b.get(base+query+after).refused(400, "INVALID_CURSOR", "parameter page[after]")
	}
	b.says("PAG-19", bound)
	foreign := b.get(next, "Authorization", "Bearer "+b.k2)
	b.says("PAG-20", foreign.refused(400, "INVALID_CURSOR", "parameter page[after]"), foreign)
	key := pgtest.Query[int64](b, b.dbURL, `SELECT pk FROM enrichment_tasks WHERE enrichment_task_id = $1`, first.ids()[6])
	b.says("PAG-21", !cursorHolds(b, after, key), after)
	lastID := b.get(base + "?page[size]=500&sort=created_at").ids()
	beyond := b.get(base + "?page[size]=500&sort=created_at&page[after]=" + b.cursorAt("sort=created_at&page[size]="+fmt.Sprint(len(lastID)-1), 1))
	b.says("PAG-22", beyond.status == 200 && len(beyond.list("data")) == 0 && beyond.at("links", "next") == nil, beyond)
}

// cursorAt is the cursor behind the last of a list: that of the page before is
// followed, and the cursor of its prev is turned round.
func (b *bench) cursorAt(query string, steps int) string {
	r := b.get(base + "?" + query)
	for range steps {
		r = b.get(r.text("links", "next"))
	}
	// The one row of the last page is where prev begins.
	u, err := url.Parse(r.text("links", "prev"))
	if err != nil {
		b.Fatal(err)
	}
	return u.Query().Get("page[before]")
}

func cursorOf(link string) string {
	u, _ := url.Parse(link)
	return u.Query().Get("page[after]")
}

func (b *bench) pageParameters(first reply) {
	only := true
	for name := range first.at("links").(map[string]any) {
		only = only && slices.Contains([]string{"self", "describedby", "first", "last", "prev", "next"}, name)
	}
	b.says("PAG-23", only, first.at("links"))
	for number, queries := range map[string][]string{"PAG-24": {"page=2", "page[number]=2", "page[offset]=0", "page[foo]=1"}, "PAG-25": {"limit=10", "cursor=x"}} {
		refused := true
		for _, query := range queries {
			name, _, _ := strings.Cut(query, "=")
			refused = refused && b.get(base+"?"+query).refused(400, "INVALID_QUERY_PARAMETER", "parameter "+name)
		}
		b.says(number, refused)
	}
	b.says("PAG-26", slices.Equal(b.get(base+"?page[size]=3").ids(), b.get(base+"?page%5Bsize%5D=3").ids()))
	total := first.at("meta", "page", "total")
	guess, isNumber := first.at("meta", "page", "estimatedTotal", "bestGuess").(float64)
	b.says("PAG-27", (total == nil || total == 60.0) && (first.at("meta", "page") == nil || isNumber && guess >= 0), first.at("meta"))
}

// SRT: orders.
func TestSorts(t *testing.T) {
	b := setup(t)
	b.fixture()
	all := newestFirst(b)
	up, down := b.get(base+"?page[size]=60&sort=created_at").ids(), b.get(base+"?page[size]=60&sort=-created_at").ids()
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	b.says("SRT-01", slices.Equal(down, all) && slices.Equal(up, reversed), up, down)
	two := b.get(base + "?sort=-updated_at,created_at")
	b.says("SRT-02", two.refused(400, "UNSUPPORTED_SORT", "parameter sort"), two) // several at once are not offered
	for number, value := range map[string]string{"SRT-03": "nope", "SRT-04": "created_at,nope", "SRT-05": ""} {
		r := b.get(base + "?sort=" + value)
		b.says(number, r.refused(400, "UNSUPPORTED_SORT", "parameter sort") && r.text("errors", 0, "links", "type") == cpp+"/unsupported-sort", r)
	}
	complete := true
	for _, name := range []string{"created_at", "updated_at", "completed_at", "-created_at", "-updated_at", "-completed_at"} {
		for _, size := range []int{5, 11} {
			ids := slices.Concat(b.walk(fmt.Sprintf("%s?page[size]=%d&sort=%s", base, size, name), "next")...)
			sort.Strings(ids)
			complete = complete && len(slices.Compact(ids)) == 60 && len(ids) == 60
		}
	}
	b.says("SRT-06", complete)
	nulls := ""
	for _, each := range b.get(base + "?page[size]=60&sort=-completed_at").list("data") {
		mark := "v"
		if dig(each, "attributes", "completed_at") == nil {
			mark = "n"
		}
		nulls += mark
	}
	b.says("SRT-07", complete && strings.Count(nulls, "vn") == 1 && !strings.Contains(nulls, "nv"), nulls)
	b.says("SRT-08", b.get(base+"?sort=-").status == 400 && b.get(base+"?sort=--created_at").status == 400)
	refused := true
	for _, name := range append(contract(), "id", "pk", "workspace") {
		offered := slices.Contains([]string{"created_at", "updated_at", "completed_at"}, name)
		refused = refused && (b.get(base+"?sort="+name).status == 400) != offered && (b.get(base+"?sort=-"+name).status == 400) != offered
	}
	b.says("SRT-09", refused)
	one := b.get(base + "/" + id(1) + "?sort=created_at")
	b.says("SRT-10", one.refused(400, "INVALID_QUERY_PARAMETER", "parameter sort"), one)
}

// cursorHolds says whether a cursor, decoded, shows a number.
func cursorHolds(b *bench, cursor string, number int64) bool {
	b.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		b.Fatal(err)
	}
	digits := regexp.MustCompile(`[0-9-]+`)
	for _, part := range digits.FindAllString(string(raw), -1) {
		if part == fmt.Sprint(number) {
			return true
		}
	}
	return false
}
