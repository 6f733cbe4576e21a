package webpage

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// Organization is what structured data says of one. Names follow schema.org. An
// empty text is not stated.
type Organization struct {
	Type, Name, LegalName, URL, Logo, Email, Phone, VATID, TaxID, Description string

	Street, City, PostalCode, Region, Country string

	SameAs    []string
	Founded   string // foundingDate
	Employees string // numberOfEmployees, where it is one number
	Path      string // where it stands: "script[1].@graph[0]"
}

// Person is what structured data says of a person.
type Person struct{ Name, JobTitle, Email, Phone, WorksFor, Path string }

// Limits of structured data.
const (
	maxScripts   = 20
	maxJSONDepth = 32
	maxJSON      = 512 << 10 // bytes of one script
	maxFound     = 50
)

// structured reads a script of JSON-LD.
func (w *walker) structured(script string) {
	w.scripts++
	if w.scripts > maxScripts || len(script) > maxJSON {
		return
	}
	var v any
	d := json.NewDecoder(strings.NewReader(strings.TrimSuffix(strings.TrimSpace(script), ";")))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return
	}
	w.thing(v, fmt.Sprintf("script[%d]", w.scripts), 0)
}

// thing takes organisations and people from a node that the page describes for
// itself: the top level, lists and graphs, and who publishes the page.
func (w *walker) thing(v any, path string, depth int) {
	if depth > maxJSONDepth || len(w.page.Organizations)+len(w.page.People) >= maxFound {
		return
	}
	if list, ok := v.([]any); ok {
		for i, one := range list {
			w.thing(one, fmt.Sprintf("%s[%d]", path, i), depth+1)
		}
		return
	}
	node, ok := v.(map[string]any)
	if !ok {
		return
	}
	types := texts(node["@type"])
	switch {
	case slices.ContainsFunc(types, isOrganization):
		w.page.Organizations = append(w.page.Organizations, organization(node, types, path))
		for _, key := range []string{"employee", "employees", "founder", "founders", "member", "members"} {
			w.workers(node[key], path+"."+key, text(node["name"]))
		}
	case slices.Contains(types, "Person"):
		w.page.People = append(w.page.People, person(node, path, ""))
	}
	for _, key := range []string{"@graph", "publisher", "mainEntity", "about"} {
		if inner, ok := node[key]; ok && (key != "about" || slices.ContainsFunc(types, isOwnPage)) {
			w.thing(inner, path+"."+key, depth+1)
		}
	}
}

// isOwnPage reports whether what such a page is about is who runs the site.
func isOwnPage(t string) bool { return t == "AboutPage" || t == "ContactPage" || t == "WebSite" }

// workers takes the people of an organisation.
func (w *walker) workers(v any, path, worksFor string) {
	if one, ok := v.(map[string]any); ok {
		v = []any{one}
	}
	list, _ := v.([]any)
	for i, one := range list {
		if node, ok := one.(map[string]any); ok && len(w.page.People) < maxFound && slices.Contains(texts(node["@type"]), "Person") {
			w.page.People = append(w.page.People, person(node, fmt.Sprintf("%s[%d]", path, i), worksFor))
		}
	}
}

func organization(node map[string]any, types []string, path string) Organization {
	o := Organization{
		Type: types[0], Path: path, Name: text(node["name"]), LegalName: text(node["legalName"]), URL: text(node["url"]), Logo: address(node["logo"]),
		Email: strings.TrimPrefix(text(node["email"]), "mailto:"), Phone: text(node["telephone"]), VATID: text(node["vatID"]), TaxID: text(node["taxID"]),
		Description: text(node["description"]), SameAs: texts(node["sameAs"]), Founded: text(node["foundingDate"]), Employees: text(node["numberOfEmployees"]),
	}
	if at, ok := first(node["address"]).(map[string]any); ok {
		o.Street, o.City, o.PostalCode, o.Region = text(at["streetAddress"]), text(at["addressLocality"]), text(at["postalCode"]), text(at["addressRegion"])
		o.Country = text(at["addressCountry"])
		if country, ok := at["addressCountry"].(map[string]any); ok {
			o.Country = text(country["name"])
		}
	}
	if at, ok := first(node["contactPoint"]).(map[string]any); ok {
		o.Email, o.Phone = cmp.Or(o.Email, strings.TrimPrefix(text(at["email"]), "mailto:")), cmp.Or(o.Phone, text(at["telephone"]))
	}
	return o
}

// first is a value, or the first of a list.
func first(v any) any {
	if list, ok := v.([]any); ok && len(list) > 0 {
		return list[0]
	}
	return v
}

func person(node map[string]any, path, worksFor string) Person {
	if firm, ok := node["worksFor"].(map[string]any); ok {
		worksFor = text(firm["name"])
	}
	name := text(node["name"])
	if name == "" {
		name = squeeze(text(node["givenName"]) + " " + text(node["familyName"]))
	}
	return Person{Name: name, JobTitle: text(node["jobTitle"]), Email: strings.TrimPrefix(text(node["email"]), "mailto:"), Phone: text(node["telephone"]), WorksFor: worksFor, Path: path}
}

// organizations are the types of schema.org that are organisations, besides those
// whose name ends in one of isOrganization's words.
var organizations = []string{
	"Corporation", "NGO", "Airline", "Consortium", "LibrarySystem", "Restaurant", "Hotel", "Bakery", "Cooperative", "Library",
	"OnlineStore", "LegalService", "ProfessionalService", "FinancialService", "InsuranceAgency", "AccountingService", "BankOrCreditUnion",
	"Attorney", "Notary", "Dentist", "Physician", "Pharmacy", "Hospital", "TravelAgency", "EmploymentAgency", "RealEstateAgent", "AutoDealer", "AutoRepair",
	"Electrician", "Plumber", "GeneralContractor", "CafeOrCoffeeShop", "SportsClub",
}

func isOrganization(t string) bool {
	t = t[strings.LastIndexAny(t, "/:#")+1:]
	return strings.HasSuffix(t, "Organization") || strings.HasSuffix(t, "Business") || strings.HasSuffix(t, "Store") || slices.Contains(organizations, t)
}

// text is a text of a property: itself, the first of a list, a number, or the
// value of a node that holds one.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return cut(squeeze(html.UnescapeString(v)), maxLine)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		if len(v) > 0 {
			return text(v[0])
		}
	case map[string]any:
		for _, key := range []string{"@value", "value"} {
			if inner, ok := v[key]; ok {
				if _, nested := inner.(map[string]any); !nested {
					return text(inner)
				}
			}
		}
	}
	return ""
}

// address is the address of a picture: a text, or a node's url.
func address(v any) string {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	node, ok := v.(map[string]any)
	if !ok {
		return text(v)
	}
	for _, key := range []string{"url", "contentUrl", "@id"} {
		if s := text(node[key]); s != "" {
			return s
		}
	}
	return ""
}

func texts(v any) []string {
	if list, ok := v.([]any); ok {
		var all []string
		for _, one := range list {
			if s := text(one); s != "" && len(all) < maxFound {
				all = append(all, s)
			}
		}
		return all
	}
	if s := text(v); s != "" {
		return []string{s}
	}
	return nil
}
