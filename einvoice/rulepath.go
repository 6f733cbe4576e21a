package einvoice

import (
	"slices"
	"strings"
)

// path is a way down the tree: names, of which each may ask for the value of
// something below it, as in cac:AllowanceCharge[cbc:ChargeIndicator=false] or
// ram:ID[@schemeID=VA]; several values are separated by commas.
type path []step

type step struct {
	name  string
	below path   // where the value asked for stands; empty for none
	attr  string // or the attribute that has it
	not   bool   // the value must be another
	// values are those asked for, in capitals.
	values []string
}

// readPaths reads paths that are alternatives, separated by bars.
func readPaths(written string) []path {
	var paths []path
	for alternative := range strings.SplitSeq(written, "|") {
		paths = append(paths, readPath(alternative))
	}
	return paths
}

func readPath(written string) path {
	var p path
	for written != "" {
		var s step
		end := strings.IndexAny(written, "/[")
		if end < 0 {
			return append(p, step{name: written})
		}
		s.name = written[:end]
		if written[end] == '[' {
			inner, rest, _ := strings.Cut(written[end+1:], "]")
			s.ask(inner)
			written = strings.TrimPrefix(rest, "/")
		} else {
			written = written[end+1:]
		}
		p = append(p, s)
	}
	return p
}

// ask reads the condition of a step.
func (s *step) ask(condition string) {
	left, value, _ := strings.Cut(condition, "=")
	left, s.not = strings.CutSuffix(left, "!")
	s.values = strings.Split(strings.ToUpper(value), ",")
	if attr, ok := strings.CutPrefix(left, "@"); ok {
		s.attr = attr
		return
	}
	s.below = readPath(left)
}

// from follows the path down from n.
func (p path) from(n *node) []*node {
	level := []*node{n}
	for _, s := range p {
		var below []*node
		for _, parent := range level {
			for _, c := range parent.named(nil, s.name) {
				if s.fits(c) {
					below = append(below, c)
				}
			}
		}
		level = below
	}
	return level
}

func (s *step) fits(n *node) bool {
	switch {
	case s.attr != "":
		return slices.Contains(s.values, strings.ToUpper(n.attr(s.attr))) != s.not
	case len(s.below) == 0:
		return true
	}
	for _, c := range s.below.from(n) {
		if slices.Contains(s.values, strings.ToUpper(text(c))) {
			return !s.not
		}
	}
	return s.not
}
