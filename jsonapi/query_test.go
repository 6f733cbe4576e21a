package jsonapi

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
)

func listAllowed() Allowed {
	return Allowed{
		List: true, Sorts: []string{"created_at", "status"}, Filters: []string{"status", "id", "input.record_id", "created_at[gte]"},
		Fields: map[string][]string{"thing": {"name", "status", "parent"}, "workspace": {"name"}}, Custom: []string{"workspaceId"},
		Include: []string{"workspace", "parts", "parts.parent", "a.b.c"},
	}
}

func TestRefusedQueries(t *testing.T) {
	const bad = "INVALID_QUERY_PARAMETER"
	long := strings.Repeat("x", 4000)
	for _, c := range []struct{ name, raw, code, parameter string }{
		{"PAG-03 zero", "page[size]=0", bad, "page[size]"},
		{"PAG-03 zeros", "page[size]=000", bad, "page[size]"},
		{"PAG-03 negative", "page[size]=-1", bad, "page[size]"},
		{"PAG-03 letters", "page[size]=abc", bad, "page[size]"},
		{"PAG-03 fraction", "page[size]=1.5", bad, "page[size]"},
		{"PAG-03 empty", "page[size]=", bad, "page[size]"},
		{"PAG-03 sign", "page[size]=%2B7", bad, "page[size]"},
		{"PAG-03 other digits", "page[size]=٧", bad, "page[size]"},
		{"PAG-04", "page[size]=501", "MAX_PAGE_SIZE_EXCEEDED", "page[size]"},
		{"PAG-04 huge", "page[size]=99999999999999999999", "MAX_PAGE_SIZE_EXCEEDED", "page[size]"},
		{"PAG-06 empty", "page[after]=", "INVALID_CURSOR", "page[after]"},
		{"PAG-07 empty", "page[before]=", "INVALID_CURSOR", "page[before]"},
		{"PAG-08", "page[after]=a&page[before]=b", "RANGE_PAGINATION_NOT_SUPPORTED", "page[after]"},
		{"PAG-24", "page=2", bad, "page"},
		{"PAG-24 number", "page[number]=2", bad, "page[number]"},
		{"PAG-24 offset", "page[offset]=0", bad, "page[offset]"},
		{"PAG-24 foo", "page[foo]=1", bad, "page[foo]"},
		{"PAG-24 bare", "page[]=1", bad, "page[]"},
		{"PAG-24 two", "page[size][x]=1", bad, "page[size][x]"},
		{"PAG-25", "limit=10", bad, "limit"},
		{"PAG-25 cursor", "cursor=x", bad, "cursor"},
		{"PAG-26 one parameter in two spellings", "page[size]=5&page%5Bsize%5D=5", bad, "page[size]"},
		{"SRT-03", "sort=nope", "UNSUPPORTED_SORT", "sort"},
		{"SRT-04", "sort=created_at,nope", "UNSUPPORTED_SORT", "sort"},
		{"SRT-05", "sort=", "UNSUPPORTED_SORT", "sort"},
		{"SRT-08", "sort=-", "UNSUPPORTED_SORT", "sort"},
		{"SRT-08 twice", "sort=--created_at", "UNSUPPORTED_SORT", "sort"},
		{"SRT-09 two where one is offered", "sort=created_at,status", "UNSUPPORTED_SORT", "sort"},
		{"FLT-07", "filter[nope]=1", bad, "filter[nope]"},
		{"FLT-08", "filter[_]=1", bad, "filter[_]"},
		{"FLT-08 plus", "filter[a%2Bb]=1", bad, "filter[a+b]"},
		{"FLT-09", "filter[status]=", bad, "filter[status]"},
		{"FLT-09 no =", "filter[status]", bad, "filter[status]"},
		{"no name", "filter=1", bad, "filter"},
		{"FLT-14 other comparison", "filter[created_at][lt]=1", bad, "filter[created_at][lt]"},
		{"FLT-14 none", "filter[created_at]=1", bad, "filter[created_at]"},
		{"FLT-14 odd brackets", "filter[created_at[gte]]=1", bad, "filter[created_at[gte]]"},
		{"open bracket", "filter[status=1", bad, "filter[status"},
		{"FLT-16", "filter[status]=" + long, bad, "filter[status]"},
		{"FLT-17", "filter[status]=a%00", bad, "filter[status]"},
		{"no UTF-8", "filter[status]=%ff", bad, "filter[status]"},
		{"FLD-05", "fields[thing]=nope", bad, "fields[thing]"},
		{"FLD-05 case", "fields[thing]=Name", bad, "fields[thing]"},
		{"FLD-06", "fields[unknown]=x", bad, "fields[unknown]"},
		{"FLD-09", "fields=status", bad, "fields"},
		{"FLD-11", "fields[thing]=id", bad, "fields[thing]"},
		{"FLD empty element", "fields[thing]=name,", bad, "fields[thing]"},
		{"INC-07", "include=nope", bad, "include"},
		{"INC-08", "include=workspace.nope", bad, "include"},
		{"INC-09", "include=Workspace", bad, "include"},
		{"INC-09 space", "include=workspace,%20parts", bad, "include"},
		{"INC-09 plus", "include=workspace,+parts", bad, "include"},
		{"INC-12", "include=a.b.c", bad, "include"},
		{"QRY-01", "foo=bar", bad, "foo"},
		{"QRY-02", "fooBar=1", bad, "fooBar"},
		{"QRY-06", "Sort=created_at", bad, "Sort"},
		{"QRY-06 family", "Page[size]=1", bad, "Page[size]"},
		{"QRY-07", "sort=created_at&sort=created_at", bad, "sort"},
		{"QRY-07 custom", "workspaceId=1&workspaceId=1", bad, "workspaceId"},
		{"bad encoding", "filter[status]=%zz", bad, "filter[status]"},
		{"bad encoding of a name", "%zz=1", bad, "%zz"},
		{"no name at all", "=1", bad, ""},
		{"the first that is wrong", "sort=created_at&foo=1&bar=2", bad, "foo"},
		{"101 values", "include=" + strings.Repeat("parts,", 100) + "parts", bad, "include"},
	} {
		_, fault := ParseQuery(c.raw, listAllowed())
		if fault == nil || fault.Code != c.code || fault.Parameter != c.parameter || fault.Status() != 400 {
			t.Errorf("%s: %s, want %s in %q", c.name, shown(fault), c.code, c.parameter)
		}
	}
}

func TestFaultsOfTheProfile(t *testing.T) {
	for raw, kind := range map[string]string{"page[size]=501": "max-size-exceeded", "page[after]=a&page[before]=b": "range-pagination-not-supported", "sort=x": "unsupported-sort"} {
		if _, fault := ParseQuery(raw, listAllowed()); fault.Type != CursorProfile+"/"+kind {
			t.Errorf("PAG-04, PAG-08, SRT-03 %s: %s", raw, shown(fault))
		}
	}
	_, fault := ParseQuery("page[size]=501", listAllowed())
	if !strings.Contains(shown(fault), `"meta":{"page":{"maxSize":500}}`) {
		t.Errorf("PAG-04: %s", shown(fault))
	}
}

// On a single resource the parameters of lists are unknown.
func TestQueriesOnOneResource(t *testing.T) {
	for _, raw := range []string{"page[size]=1", "page[after]=x", "filter[status]=a", "sort=created_at", "include=workspace"} {
		if _, fault := ParseQuery(raw, Allowed{Fields: listAllowed().Fields}); fault == nil || fault.Code != "INVALID_QUERY_PARAMETER" {
			t.Errorf("SRT-10, QRY-04, QRY-05 %s: %s", raw, shown(fault))
		}
	}
}

func TestQueries(t *testing.T) {
	several := listAllowed()
	several.MaxSorts = 2
	for _, c := range []struct {
		name, raw string
		allowed   Allowed
		want      func(q *Query)
	}{
		{"LST-05", "", listAllowed(), func(*Query) {}},
		{"PAG-02", "page[size]=7", listAllowed(), func(q *Query) { q.Size = 7 }},
		{"PAG-05", "page[size]=007", listAllowed(), func(q *Query) { q.Size = 7 }},
		{"PAG-26", "page%5Bsize%5D=500", listAllowed(), func(q *Query) { q.Size = 500 }},
		{"a cursor", "page[after]=abc&", listAllowed(), func(q *Query) { q.After = "abc" }},
		{"SRT-01", "sort=-created_at", listAllowed(), func(q *Query) { q.Sort, q.SortBy = "-created_at", []SortField{{"created_at", true}} }},
		{"SRT-02", "sort=-status,created_at", several, func(q *Query) {
			q.Sort, q.SortBy = "-status,created_at", []SortField{{"status", true}, {"created_at", false}}
		}},
		{"FLT-02", "filter[status]=a,b", listAllowed(), func(q *Query) { q.Filters["status"] = []string{"a,b"} }},
		{"FLT-13", "filter[input.record_id]=2026-05", listAllowed(), func(q *Query) { q.Filters["input.record_id"] = []string{"2026-05"} }},
		{"FLT-14", "filter[created_at][gte]=2026-05-01T00:00:00Z", listAllowed(), func(q *Query) { q.Filters["created_at[gte]"] = []string{"2026-05-01T00:00:00Z"} }},
		{"FLT-15", "filter[status]=';+drop+table+--", listAllowed(), func(q *Query) { q.Filters["status"] = []string{"'; drop table --"} }},
		{"FLD-03", "fields[thing]=", listAllowed(), func(q *Query) { q.Fields["thing"] = []string{} }},
		{"FLD-04", "fields[workspace]=name", listAllowed(), func(q *Query) { q.Fields["workspace"] = []string{"name"} }},
		{"INC-03", "include=", listAllowed(), func(q *Query) { q.IncludeGiven = true }},
		{"INC-05", "include=parts.parent,workspace,workspace", listAllowed(), func(q *Query) {
			q.IncludeGiven, q.Include = true, []string{"parts.parent", "workspace"}
		}},
		{"QRY-03", "workspaceId=W1", listAllowed(), func(q *Query) { q.Custom["workspaceId"] = "W1" }},
	} {
		want := &Query{Size: DefaultPageSize, Filters: map[string][]string{}, Fields: map[string][]string{}, Custom: map[string]string{}}
		c.want(want)
		if got, fault := ParseQuery(c.raw, c.allowed); fault != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v %s", c.name, got, shown(fault))
		}
	}
	if _, fault := ParseQuery("sort=status,-status", several); fault == nil {
		t.Error("a field to sort by was taken twice")
	}
	q, _ := ParseQuery("include=parts.parent", listAllowed())
	if !q.Includes("parts") || !q.Includes("parts.parent") || q.Includes("part") || q.Includes("workspace") {
		t.Error("INC-06: the step on the way is included too")
	}
}

func TestAlternatives(t *testing.T) {
	if list, fault := Alternatives("status", "a,b"); fault != nil || len(list) != 2 {
		t.Errorf("FLT-02: %v %v", list, fault)
	}
	for _, value := range []string{"", "a,", ",a", strings.Repeat("a,", 100) + "a"} {
		if _, fault := Alternatives("created_at[gte]", value); fault == nil || fault.Parameter != "filter[created_at][gte]" {
			t.Errorf("FLT-18 %.20q: %s", value, shown(fault))
		}
	}
	if _, fault := Alternatives("status", strings.Repeat("a,", 99)+"a"); fault != nil {
		t.Errorf("FLT-18: 100 values: %v", fault)
	}
}

func TestTrim(t *testing.T) {
	thing := Resource{Type: "thing", ID: "1", Attributes: []Attribute{{"name", 1}, {"status", 2}}, Relationships: []Relationship{{Name: "parent", Linked: true}}}
	for _, c := range []struct{ name, raw, want string }{
		{"none", "", `{"type":"thing","id":"1","attributes":{"name":1,"status":2},"relationships":{"parent":{"data":null}}}`},
		{"FLD-01", "fields[thing]=status", `{"type":"thing","id":"1","attributes":{"status":2}}`},
		{"FLD-02", "fields[thing]=status,parent", `{"type":"thing","id":"1","attributes":{"status":2},"relationships":{"parent":{"data":null}}}`},
		{"FLD-03", "fields[thing]=", `{"type":"thing","id":"1"}`},
		{"FLD-04", "fields[workspace]=", `{"type":"thing","id":"1","attributes":{"name":1,"status":2},"relationships":{"parent":{"data":null}}}`},
		{"FLD-10", "fields[thing]=status,name,status", `{"type":"thing","id":"1","attributes":{"name":1,"status":2}}`},
	} {
		q, fault := ParseQuery(c.raw, listAllowed())
		if fault != nil {
			t.Fatal(shown(fault))
		}
		if raw, err := marshal(q.TrimAll([]Resource{thing})[0]); err != nil || string(raw) != c.want {
			t.Errorf("%s: %s %v", c.name, raw, err)
		}
	}
	if len(thing.Attributes) != 2 || thing.Attributes[0].Name != "name" {
		t.Error("trimming changed the resource itself")
	}
	q, _ := ParseQuery("fields[thing]=status", listAllowed())
	if q.Wants("thing", "name") || !q.Wants("thing", "status") || !q.Wants("workspace", "name") {
		t.Error("Wants")
	}
}

func TestCompound(t *testing.T) {
	var c Compound
	c.Primary([]Resource{{Type: "thing", ID: "1"}})
	for _, r := range []Resource{{Type: "workspace", ID: "1"}, {Type: "thing", ID: "1"}, {Type: "thing", ID: "2"}, {Type: "workspace", ID: "1"}} {
		c.Include(r)
	}
	if got := c.Included(); len(got) != 2 || got[0].Type != "workspace" || got[1].ID != "2" {
		t.Errorf("INC-05, INC-11: %v", got)
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"page[size]=5", "filter[status]=a,b&sort=-created_at", "fields[thing]=", "%zz", "page[size]=99999999999999999999", "a[b[c]=1", "&&=&;[]]="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, fault := ParseQuery(raw, listAllowed())
		if fault != nil {
			if fault.Status() != 400 {
				t.Fatal(shown(fault))
			}
			return
		}
		if q.Size < 1 || q.Size > MaxPageSize || len(q.SortBy) > 1 {
			t.Fatalf("%+v", q)
		}
		// A link to the same list means the same.
		r := httptest.NewRequest("GET", "/things", nil)
		r.URL.RawQuery = raw
		_, query, _ := strings.Cut(Self(r), "?")
		if again, fault := ParseQuery(query, listAllowed()); fault != nil || !reflect.DeepEqual(q, again) {
			t.Fatalf("%q became %q: %+v %+v %s", raw, query, q, again, shown(fault))
		}
	})
}
