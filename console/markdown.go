package console

import "strings"

// block is a paragraph or a list of a description.
type block struct {
	List  bool
	Lines [][]run // the items of a list, or the one paragraph
}

// run is a piece of text in one style. It is plain text: the template escapes it.
type run struct {
	Text       string
	Bold, Code bool
}

// markdown reads the small part of markdown that descriptions use: paragraphs,
// lists, bold and code. Everything else, HTML, links and images too, is text.
func markdown(s *string) []block {
	if s == nil {
		return nil
	}
	var blocks []block
	open := false // whether the next line goes on with the last block
	for line := range strings.Lines(*s) {
		line = strings.TrimSpace(line)
		item, isItem := cutBullet(line)
		switch {
		case line == "":
			open = false
			continue
		case isItem && open && blocks[len(blocks)-1].List:
			last := &blocks[len(blocks)-1]
			last.Lines = append(last.Lines, runs(item))
		case !isItem && open && !blocks[len(blocks)-1].List:
			last := &blocks[len(blocks)-1]
			last.Lines[0] = append(last.Lines[0], runs(" "+line)...)
		default:
			blocks = append(blocks, block{List: isItem, Lines: [][]run{runs(item)}})
		}
		open = true
	}
	return blocks
}

func cutBullet(line string) (item string, ok bool) {
	for _, bullet := range []string{"- ", "* "} {
		if rest, ok := strings.CutPrefix(line, bullet); ok {
			return rest, true
		}
	}
	return line, false
}

// runs cuts a line at ** and `. A mark that is never closed is text.
func runs(line string) []run {
	var list []run
	text := func(s string) {
		if s != "" {
			list = append(list, run{Text: s})
		}
	}
	for line != "" {
		start := strings.IndexAny(line, "*`")
		if start < 0 {
			break
		}
		mark := "`"
		if line[start] == '*' {
			mark = "**"
		}
		rest, isMark := strings.CutPrefix(line[start:], mark)
		inner, after, closed := strings.Cut(rest, mark)
		if !isMark || !closed || inner == "" {
			text(line[:start+1])
			line = line[start+1:]
			continue
		}
		text(line[:start])
		list = append(list, run{Text: inner, Bold: mark == "**", Code: mark == "`"})
		line = after
	}
	text(line)
	return list
}

// summary is the first line of a description without its marks.
func summary(s *string) string {
	blocks := markdown(s)
	if len(blocks) == 0 {
		return ""
	}
	var b strings.Builder
	for _, r := range blocks[0].Lines[0] {
		b.WriteString(r.Text)
	}
	return b.String()
}
