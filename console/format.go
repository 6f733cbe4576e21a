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
func ago(now, t time.Time) phrase {
	d := now.Sub(t)
	if d < -time.Second {
		return say("in %s", roughly(-d))
	}
	if d < 2*time.Second {
		return say("just now")
	}
	return say("%s ago", roughly(d))
}

// due says when t comes; nothing when it has come.
func due(now, t time.Time) phrase {
	if !t.After(now) {
		return nil
	}
	return ago(now, t)
}

func roughly(d time.Duration) phrase {
	switch {
	case d < time.Minute:
		return say("%d s", int(d.Seconds()))
	case d < time.Hour:
		return say("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return say("%d h", int(d.Hours()))
	}
	return say("%d {day|days}", int(d.Hours()/24))
}

// span writes how long something took.
func (l *tongue) span(d time.Duration) string {
	switch {
	case d < 0:
		return "0 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return l.point(fmt.Sprintf("%.1f s", d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

func (l *tongue) byteSize(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d %s", n, l.unit("bytes"))
	case n < 1000*1000:
		return l.point(fmt.Sprintf("%.1f ", float64(n)/1e3)) + l.unit("kB")
	}
	return l.point(fmt.Sprintf("%.1f ", float64(n)/1e6)) + l.unit("MB")
}

var plainDecimal = regexp.MustCompile(`^([+-]?)([0-9]+)(\.[0-9]+)?$`)

// amount writes a decimal with its thousands apart and its currency behind. No
// digit is added, dropped or rounded; what is no decimal stays as it is.
func (l *tongue) amount(value, currency string) string {
	m := plainDecimal.FindStringSubmatch(value)
	if m == nil {
		return value
	}
	s := strings.Replace(m[1], "-", "−", 1) + grouped(m[2]) + l.point(m[3])
	if currency != "" {
		s += "\u00a0" + currency
	}
	return s
}

// grouped sets the digits of a whole number apart by thousands.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits
}

// point puts the language's decimal mark.
func (l *tongue) point(s string) string { return strings.Replace(s, ".", l.decimal, 1) }

func (l *tongue) unit(name string) string { return or(l.units[name], name) }

// date writes a day; what is none stays as it is.
func (l *tongue) date(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return t.Format(l.day)
}

// instant writes a time to the second, in UTC.
func (l *tongue) instant(t time.Time) string {
	if l.day == time.DateOnly {
		return iso(t)
	}
	return t.UTC().Format(l.day + " 15:04:05 UTC")
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
func (l *tongue) percent(confidence float64) string {
	space := " "
	if l.find != nil {
		space = "\u00a0"
	}
	return fmt.Sprintf("%d%s%%", int(100*max(0, min(confidence, 1))), space)
}

// lastStep is the element that a path ends in, without its namespace.
func lastStep(path string) string {
	step := path[strings.LastIndex(path, "/")+1:]
	return or(step[strings.LastIndex(step, ":")+1:], path)
}

func pathEscape(s string) string { return url.PathEscape(s) }
