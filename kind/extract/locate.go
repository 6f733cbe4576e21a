package extract

import "github.com/enrichd/enrichd/record"

// locate adds to the facts of an electronic invoice where its pages show them:
// people look at the page, not at the XML. A value that the page was read to
// state otherwise gets no place; nor does the document's kind, a code that no page
// shows.
func (f *facts) locate(shown *facts) {
	for _, list := range []struct{ stated, shown []value }{{f.values, shown.values}, {f.more, shown.more}} {
		for i := range list.stated {
			v := &list.stated[i]
			for _, s := range list.shown {
				if s.name == v.name && v.name != "document_type_code" {
					v.fact.seenAs(s.fact)
				}
			}
		}
	}
	f.seller.locate(shown.seller)
	f.buyer.locate(shown.buyer)
	for i := range f.accounts {
		for _, s := range shown.accounts {
			f.accounts[i].locate(s)
		}
	}
	if len(f.items) > 0 && len(f.items) == len(shown.items) {
		f.itemsAt.seen = &shown.itemsAt
	}
}

func (s *side) locate(shown side) {
	s.name.seenAs(shown.name)
	s.vatID.seenAs(shown.vatID)
}

func (a *account) locate(shown account) {
	for _, f := range []*fact{&a.iban, &a.other} {
		if record.NormalizeIBAN(f.value) == record.NormalizeIBAN(shown.iban.value) {
			f.seenAs(shown.iban)
		}
	}
}

// seenAs takes the place of the same value on a page.
func (f *fact) seenAs(shown fact) {
	if !f.absent() && !shown.absent() && shown.ref.Page > 0 && sameValue(f.value, shown.value) {
		f.seen = &shown
	}
}
