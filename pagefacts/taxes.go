package pagefacts

import (
	"regexp"
	"slices"
	"strings"
)

var percentForm = regexp.MustCompile(`^[(@]*(\d{1,2}(?:[.,]\d{1,3})?) ?%[):]*$`)

// percents lists the percentages of a line.
func (p *paper) percents(l *line) []figure {
	var list []figure
	for i := range l.words {
		for n := 1; n <= 2 && i+n <= len(l.words); n++ {
			if m := percentForm.FindStringSubmatch(join(l.words[i : i+n])); m != nil {
				v := strings.ReplaceAll(m[1], ",", ".")
				list = append(list, figure{money: money{value: v}, span: span{i, i + n}, Fact: factOf(v, .9, l.words[i:i+n])})
				break
			}
		}
	}
	return list
}

// taxRows reads the breakdown of the tax: lines that hold a rate and two amounts
// of which one is the rate of the other. Arithmetic alone tells them from
// others, so that no header is needed; a line of the items with the same
// property is told by the words that begin it.
func (p *paper) taxRows() []taxRow {
	var list []taxRow
	for at := range p.lines {
		t, ok := p.taxRow(at)
		if ok && len(list) < maxSums && !slices.ContainsFunc(list, func(o taxRow) bool { return equal(o.Rate.Value, t.Rate.Value) && equal(o.Basis.Value, t.Basis.Value) }) {
			list = append(list, taxRow{t, at})
		}
	}
	return list
}

// taxRow is a row of the breakdown with its line.
type taxRow struct {
	Tax
	line int
}

func taxesOf(rows []taxRow) []Tax {
	var list []Tax
	for _, r := range rows {
		list = append(list, r.Tax)
	}
	return list
}

func (p *paper) taxRow(at int) (Tax, bool) {
	l := &p.lines[at]
	amounts := slices.DeleteFunc(p.amountsIn(at, l.all()), func(a figure) bool { return !a.cents })
	if len(amounts) < 2 || len(amounts) > 4 {
		return Tax{}, false
	}
	for _, rate := range p.rates(at) {
		for _, basis := range amounts {
			for _, amount := range amounts {
				if isShare(amount.value, basis.value, rate.value) && basis.from != amount.from {
					return Tax{sure(rate.Fact), sure(basis.Fact), sure(amount.Fact)}, true
				}
			}
		}
	}
	return Tax{}, false
}

// rates are the percentages of a line; in a table whose header says "%" they
// stand without the sign.
func (p *paper) rates(at int) []figure {
	l := &p.lines[at]
	list := p.percents(l)
	if len(list) > 0 {
		return list
	}
	for i, w := range l.words {
		if bareRate.MatchString(w.Text) && p.underPercent(at, w) && (i == 0 || !parted(l.words[i-1], w)) {
			v := strings.ReplaceAll(w.Text, ",", ".")
			list = append(list, figure{money: money{value: v}, span: span{i, i + 1}, Fact: factOf(v, .9, l.words[i:i+1])})
		}
	}
	return list
}

var bareRate = regexp.MustCompile(`^\d{1,2}(?:[.,]\d{1,2})?$`)

// underPercent says whether a % stands above a word, in one of the lines before.
func (p *paper) underPercent(at int, w Word) bool {
	for i := at - 1; i >= 0 && i >= at-5 && p.lines[i].page == p.lines[at].page; i-- {
		for _, above := range p.lines[i].words {
			if strings.Contains(above.Text, "%") && above.X0-30 < w.X1 && w.X0 < above.X1+30 {
				return true
			}
		}
	}
	return false
}

// isShare says whether amount is rate percent of basis, to a cent and a half.
func isShare(amount, basis, rate string) bool {
	product, err := parse(basis).Mul(parse(rate))
	if err != nil || isZero(rate) || isZero(amount) {
		return false
	}
	share, err := product.Quo(parse("100"))
	return err == nil && near(share, parse(amount), "0.015")
}
