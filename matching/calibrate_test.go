package matching_test

import (
	"testing"

	"github.com/enrichd/enrichd/matching"
)

func judged(confidence float64, kept, refused int) []matching.Judged {
	var out []matching.Judged
	for range kept {
		out = append(out, matching.Judged{Confidence: confidence, Kept: true})
	}
	for range refused {
		out = append(out, matching.Judged{Confidence: confidence})
	}
	return out
}

func TestCalibrate(t *testing.T) {
	for _, c := range []struct {
		name      string
		judged    []matching.Judged
		confirmAt float64
		labels    int
	}{
		{"nobody decided", nil, .99, 0},
		{"too few", judged(.95, 15, 2), .99, 0},
		{"all kept, none refused", judged(.95, 300, 0), .99, 0},
		{"kept from .93 on, refused below", append(judged(.93, 200, 0), judged(.6, 10, 10)...), .93, 220},
		{"never below .9", append(judged(.8, 300, 0), judged(.6, 10, 10)...), .99, 320},
		{"too many refused at .93", append(judged(.93, 200, 20), judged(.6, 10, 10)...), .99, 240},
		{"refused above the gate", append(judged(.995, 40, 10), judged(.6, 10, 10)...), .999, 70},
	} {
		if g := matching.Calibrate(c.judged); g.ConfirmAt != c.confirmAt || g.Labels != c.labels {
			t.Errorf("%s: %+v", c.name, g)
		}
	}
	g := matching.Calibrate(append(judged(.9995, 45, 5), judged(.6, 1, 0)...))
	if g.Measured == nil || *g.Measured != .9 || g.Bands[3].Of != 50 || g.Bands[0].Kept != 1 {
		t.Errorf("measured: %+v", g)
	}
}
