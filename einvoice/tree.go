package einvoice

import (
	"strconv"
	"strings"
)

// Namespaces of the formats. A document may bind any prefix to them; in paths
// and in the readers each has the prefix that its standard uses.
const (
	spaceUBLInvoice          = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
	spaceUBLCreditNote       = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
	spaceUBLSelfBilled       = "urn:oasis:names:specification:ubl:schema:xsd:SelfBilledInvoice-2"
	spaceUBLSelfBilledCredit = "urn:oasis:names:specification:ubl:schema:xsd:SelfBilledCreditNote-2"
	spaceSBD                 = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
	spaceCAC                 = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
	spaceCBC                 = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
	spaceRSM                 = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
	spaceRAM                 = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
	spaceUDT                 = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
	spaceQDT                 = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
	spaceFerd                = "urn:ferd:CrossIndustryDocument:invoice:1p0"
	spaceFerdRC              = "urn:un:unece:uncefact:data:standard:CBFBUY:5"
	spaceRAM12               = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12"
	spaceUDT15               = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15"
	spaceFattura10           = "http://www.fatturapa.gov.it/sdi/fatturapa/v1.0"
	spaceFattura11           = "http://www.fatturapa.gov.it/sdi/fatturapa/v1.1"
	spaceFattura12           = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2"
	spaceFatturaSimple       = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.0"
)

// prefixes gives each namespace what its names usually begin with: FatturaPA
// writes its names bare. Elements of any other namespace are extensions and are
// not kept.
func prefixes() map[string]string {
	return map[string]string{
		spaceUBLInvoice: "ubl:", spaceUBLCreditNote: "ubl:", spaceUBLSelfBilled: "ubl:", spaceUBLSelfBilledCredit: "ubl:", spaceCAC: "cac:", spaceCBC: "cbc:",
		spaceRSM: "rsm:", spaceRAM: "ram:", spaceUDT: "udt:", spaceQDT: "qdt:",
		spaceFerd: "rsm:", spaceFerdRC: "rsm:", spaceRAM12: "ram:", spaceUDT15: "udt:",
		spaceFattura10: "", spaceFattura11: "", spaceFattura12: "", spaceFatturaSimple: "",
	}
}

// node is one element. It is kept small, as a document may have many.
type node struct {
	name   string // usual prefix and local name, such as "cbc:ID"
	text   string // the character data directly inside, untrimmed
	attrs  []attr // only those the readers ask for
	parent *node
	first  *node // first child
	next   *node // next sibling
	rank   int32 // position among siblings of the same name, from 1
	line   int32 // line of the document, from 1
	of     *int32
}

type attr struct{ name, value string }

// all returns the children at the end of a path of names such as
// "cac:Party/cac:PartyName", in the order of the document. A nil node has none.
func (n *node) all(path string) []*node {
	level := []*node{n}
	for name := range strings.SplitSeq(path, "/") {
		var below []*node
		for _, parent := range level {
			below = parent.named(below, name)
		}
		level = below
	}
	return level
}

// named appends the children of one name to found.
func (n *node) named(found []*node, name string) []*node {
	if n == nil {
		return found
	}
	for c := n.first; c != nil; c = c.next {
		if c.name == name {
			found = append(found, c)
		}
	}
	return found
}

// attr returns the trimmed value of an attribute, "" if there is none.
func (n *node) attr(name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.attrs {
		if a.name == name {
			return strings.TrimSpace(a.value)
		}
	}
	return ""
}

// path names the element from the root down.
func (n *node) path() string {
	if n == nil {
		return ""
	}
	step := "/" + n.name
	if n.of != nil && *n.of > 1 {
		step += "[" + strconv.Itoa(int(n.rank)) + "]"
	}
	return n.parent.path() + step
}
