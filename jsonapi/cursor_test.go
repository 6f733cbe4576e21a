package jsonapi

import (
	"strings"
	"testing"
)

func TestCursors(t *testing.T) {
	c := Cursors{Key: []byte("0123456789abcdef0123456789abcdef")}
	scope := func(raw string, parts ...string) string {
		q, fault := ParseQuery(raw, listAllowed())
		if fault != nil {
			t.Fatal(shown(fault))
		}
		return q.Scope(parts...)
	}
	here := scope("sort=-created_at&filter[status]=a&filter[id]=1", "W1", "/things")
	cursor := c.Encode(here, "1748736000000001", "3f0e")
	if at, fault := c.Decode("page[after]", here, cursor, 2); fault != nil || at[0] != "1748736000000001" || at[1] != "3f0e" {
		t.Fatalf("%v %v", at, fault)
	}
	if _, fault := c.Decode("page[after]", scope("filter[id]=1&page[size]=3&filter[status]=a&fields[thing]=&sort=-created_at", "W1", "/things"), cursor, 2); fault != nil {
		t.Errorf("order, page size and fields do not matter: %v", fault)
	}
	for name, other := range map[string]string{
		"PAG-19 sort":      scope("sort=created_at&filter[status]=a&filter[id]=1", "W1", "/things"),
		"PAG-19 filter":    scope("sort=-created_at&filter[status]=b&filter[id]=1", "W1", "/things"),
		"PAG-19 no filter": scope("sort=-created_at&filter[status]=a", "W1", "/things"),
		"PAG-20 workspace": scope("sort=-created_at&filter[status]=a&filter[id]=1", "W2", "/things"),
		"another list":     scope("sort=-created_at&filter[status]=a&filter[id]=1", "W1", "/parts"),
		"parts run over":   scope("sort=-created_at&filter[status]=a&filter[id]=1", "W1/things", ""),
	} {
		if _, fault := c.Decode("page[after]", other, cursor, 2); fault == nil || fault.Code != "INVALID_CURSOR" || fault.Status() != 400 || fault.Parameter != "page[after]" {
			t.Errorf("%s: %s", name, shown(fault))
		}
	}
}

func TestDamagedCursors(t *testing.T) {
	c := Cursors{Key: []byte("0123456789abcdef0123456789abcdef")}
	cursor := c.Encode("s", "a", "b")
	for _, damaged := range []string{"", "garbage", "%", cursor + "A", cursor + "\n", "\n" + cursor, cursor + "=", cursor[1:], cursor[:len(cursor)-1], strings.Repeat("A", 4000)} {
		if _, fault := c.Decode("page[before]", "s", damaged, 2); fault == nil || fault.Parameter != "page[before]" {
			t.Errorf("PAG-06, PAG-07 %.40q: %s", damaged, shown(fault))
		}
	}
	for i := range cursor {
		flipped := []byte(cursor)
		flipped[i] ^= 1
		if _, fault := c.Decode("page[after]", "s", string(flipped), 2); fault == nil {
			t.Errorf("character %d does not matter", i)
		}
	}
	if _, fault := c.Decode("page[after]", "s", cursor, 3); fault == nil {
		t.Error("a cursor of another shape was taken")
	}
	defer func() {
		if recover() == nil {
			t.Error("a cursor was made without a key")
		}
	}()
	Cursors{}.Encode("s", "a")
}
