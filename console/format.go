package console

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// iso writes a time for the eye and the record: UTC, to the second.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// clock writes the time of day, for what is seconds away.
func clock(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }

// ago says how far t lies from now.
func ago(now, t time.Time) string {
	d := now.Sub(t)
	if d < -time.Second {
		return "in " + roughly(-d)
	}
	if d < 2*time.Second {
		return "just now"
	}
	return roughly(d) + " ago"
}

// due says when t comes; nothing when it has come.
func due(now, t time.Time) string {
	if !t.After(now) {
		return ""
	}
	return ago(now, t)
}

func roughly(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// span writes how long something took.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "0 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

func byteSize(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

var decimal = regexp.MustCompile(`^(-?)([0-9]+)(\.[0-9]+)?$`)

// amount writes a decimal with its thousands apart and its currency behind. No
// digit is added, dropped or rounded; what is no decimal stays as it is.
func amount(value, currency string) string {
	m := decimal.FindStringSubmatch(value)
	if m == nil {
		return value
	}
	whole := m[2]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "\u202f" + whole[i:]
	}
	s := strings.Replace(m[1], "-", "−", 1) + whole + m[3]
	if currency != "" {
		s += "\u00a0" + currency
	}
	return s
}

// iban writes an account number in groups of four, as on paper.
func iban(s string) string {
	var groups []string
	for r := []rune(s); len(r) > 0; {
		n := min(4, len(r))
		groups = append(groups, string(r[:n]))
		r = r[n:]
	}
	return strings.Join(groups, " ")
}

// point writes a length in points for SVG.
func point(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// percent writes a confidence. Only what is certain is 100 %.
func percent(confidence float64) string {
	return fmt.Sprintf("%d %%", int(100*max(0, min(confidence, 1))))
}

// lastStep is the element that a path ends in, without its namespace.
func lastStep(path string) string {
	step := path[strings.LastIndex(path, "/")+1:]
	return or(step[strings.LastIndex(step, ":")+1:], path)
}

func pathEscape(s string) string { return url.PathEscape(s) }
