package jsonapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/enrichd/enrichd/jsonapi"
)

// book is a resource of an invented face.
type book struct{ id, title, genre string }

func (b book) resource() jsonapi.Resource {
	return jsonapi.Resource{
		Type: "book", ID: b.id, Links: map[string]any{"self": "/v1/books/" + b.id},
		Attributes: []jsonapi.Attribute{{Name: "title", Value: b.title}, {Name: "genre", Value: b.genre}},
	}
}

type face struct {
	books   []book
	cursors jsonapi.Cursors
}

var genres = []string{"novel", "poems"}

// list answers with the page after a cursor.
func (f *face) list(w http.ResponseWriter, r *http.Request) error {
	q, fault := jsonapi.ParseQuery(r.URL.RawQuery, jsonapi.Allowed{
		List: true, Sorts: []string{"title"}, Filters: []string{"genre"},
		Fields: map[string][]string{"book": {"title", "genre"}},
	})
	if fault != nil {
		return fault
	}
	scope, from := q.Scope("workspace 1", r.URL.Path), 0
	if q.After != "" {
		position, fault := f.cursors.Decode("page[after]", scope, q.After, 1)
		if fault != nil {
			return fault
		}
		_, _ = fmt.Sscan(position[0], &from)
	}
	data, next := []jsonapi.Resource{}, ""
	for i := from; i < len(f.books) && next == ""; i++ {
		if data = append(data, f.books[i].resource()); len(data) == q.Size && i+1 < len(f.books) {
			next = f.cursors.Encode(scope, fmt.Sprint(i+1))
		}
	}
	return jsonapi.Write(w, r, http.StatusOK, &jsonapi.Document{
		Data: q.TrimAll(data), Links: jsonapi.PageLinks(r, "", next),
		Profiles: []string{jsonapi.CursorProfile},
	})
}

// create takes a book, or says everything that is wrong with it.
func (f *face) create(w http.ResponseWriter, r *http.Request) error {
	req, err := jsonapi.Decode(w, r, jsonapi.Rules{Type: "book", Limit: 1 << 20})
	if err != nil {
		return err
	}
	b := book{id: fmt.Sprint(len(f.books) + 1), title: req.Required("title", 100), genre: req.Enum("genre", genres)}
	for _, name := range req.Names() {
		if name != "title" && name != "genre" {
			req.Refuse("UNKNOWN_ATTRIBUTE", name, "A book has no attribute %q.", name)
		}
	}
	if faults := req.Faults(); len(faults) > 0 {
		return faults
	}
	f.books = append(f.books, b)
	w.Header().Set("Location", "/v1/books/"+b.id)
	return jsonapi.Write(w, r, http.StatusCreated, &jsonapi.Document{Data: b.resource()})
}

// handle checks what a request accepts and tells what went wrong.
func handle(w http.ResponseWriter, r *http.Request, do func(http.ResponseWriter, *http.Request) error) {
	if fault := jsonapi.CheckAccept(r.Header); fault != nil {
		jsonapi.WriteErrors(w, r, "trace-1", fault)
		return
	}
	err := do(w, r)
	var one *jsonapi.Error
	var many jsonapi.Errors
	switch {
	case errors.As(err, &one):
		jsonapi.WriteErrors(w, r, "trace-1", one)
	case errors.As(err, &many):
		jsonapi.WriteErrors(w, r, "trace-1", many...)
	case err != nil:
		jsonapi.WriteErrors(w, r, "trace-1", jsonapi.Fault("INTERNAL_ERROR", "Something went wrong on our side."))
	}
}

func Example() {
	f := &face{books: []book{{"1", "Emma", "novel"}, {"2", "Leaves", "poems"}}, cursors: jsonapi.Cursors{Key: []byte("thirty-two bytes that are random")}}

	w := httptest.NewRecorder()
	handle(w, httptest.NewRequest("GET", "/v1/books?fields[book]=title", nil), f.list)
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	_, data, _ := strings.Cut(w.Body.String(), `"data":`)
	fmt.Println(data)

	post := httptest.NewRequest("POST", "/v1/books", strings.NewReader(`{"data":{"type":"book","attributes":{"title":"Home","genre":"novel"}}}`))
	post.Header.Set("Content-Type", jsonapi.MediaType)
	w = httptest.NewRecorder()
	handle(w, post, f.create)
	fmt.Println(w.Code, w.Body)

	post = httptest.NewRequest("POST", "/v1/books", strings.NewReader(`{"data":{"type":"book","attributes":{"genre":"maps","pages":1}}}`))
	post.Header.Set("Content-Type", jsonapi.MediaType)
	w = httptest.NewRecorder()
	handle(w, post, f.create)
	fmt.Println(w.Code, strings.Count(w.Body.String(), `"code"`), "errors")

	// Output:
	// 200 application/vnd.api+json;profile="https://jsonapi.org/profiles/ethanresnick/cursor-pagination"
	// [{"type":"book","id":"1","attributes":{"title":"Emma"},"links":{"self":"/v1/books/1"}},{"type":"book","id":"2","attributes":{"title":"Leaves"},"links":{"self":"/v1/books/2"}}]}
	// 201 {"jsonapi":{"version":"1.1"},"data":{"type":"book","id":"3","attributes":{"title":"Home","genre":"novel"},"links":{"self":"/v1/books/3"}}}
	// 422 3 errors
}
