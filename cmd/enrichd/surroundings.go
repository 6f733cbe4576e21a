package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/tracing"
)

// What the program stands on and speaks to, as the doctor looks at it.

// Bounds of free space in a folder below which the doctor warns.
const (
	leastFree      = 1 << 30 // bytes
	leastFreeShare = 5       // per cent of the disk
)

// room is the space of the disk that a folder is on, in bytes.
type room struct{ Free, Total uint64 }

// checkDisk looks at the disk that holds the contents. A folder that is not there yet
// is looked at through the one that it would be made in.
func checkDisk(folder string, measure func(string) (room, error)) finding {
	at := folder
	for {
		_, err := os.Stat(at)
		if parent := filepath.Dir(at); errors.Is(err, fs.ErrNotExist) && parent != at {
			at = parent
			continue
		}
		break
	}
	r, err := measure(at)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return finding{"disk", true, "is not looked at on this system", ""}
	case err != nil:
		return finding{"disk", false, folder + " cannot be looked at: " + err.Error(), "let this user read it, or name another folder in ENRICHD_BLOBS"}
	}
	says := fmt.Sprintf("%s: %s of %s free", folder, size(r.Free), size(r.Total))
	if at != folder {
		says = fmt.Sprintf("%s is not there yet; %s: %s of %s free", folder, at, size(r.Free), size(r.Total))
	}
	if r.Free < leastFree || r.Free*100 < r.Total*leastFreeShare {
		return finding{"disk", false, says, "make room, or put the contents on a larger disk and name it in ENRICHD_BLOBS; enrichd retention move takes history out of the database"}
	}
	return finding{"disk", true, says, ""}
}

// size writes bytes for people.
func size(n uint64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", n)
}

// checkTraces sends an empty export to the collector, where one is named.
func checkTraces(ctx context.Context, getenv func(string) string) finding {
	endpoint := tracing.Endpoint(getenv)
	if endpoint == "" {
		return finding{"traces", true, "none are sent: no collector is named", ""}
	}
	if err := tracing.Probe(ctx, getenv); err != nil {
		return finding{
			"traces", false, "the collector does not take them: " + err.Error() + "; nothing else waits for it",
			"let OTEL_EXPORTER_OTLP_ENDPOINT name a collector that listens for http/protobuf, such as http://127.0.0.1:4318, or unset it",
		}
	}
	return finding{"traces", true, endpoint + " takes them", ""}
}

// checkClock compares the two clocks.
func checkClock(c postgres.Condition) finding {
	if c.Ahead.Abs() > mostSkew {
		return finding{"clock", false, fmt.Sprintf("the database's is %s", aheadWords(c)), "set the clocks of both machines by NTP; the database's decides"}
	}
	return finding{"clock", true, fmt.Sprintf("the database's is %s", aheadWords(c)), ""}
}

func aheadWords(c postgres.Condition) string {
	if c.Ahead < 0 {
		return fmt.Sprintf("%.1f s behind this machine's", -c.Ahead.Seconds())
	}
	return fmt.Sprintf("%.1f s ahead of this machine's", c.Ahead.Seconds())
}

// ailingShown bounds the endpoints that are named.
const ailingShown = 5

// checkWebhooks names the endpoints that do not get what they asked for.
func checkWebhooks(list []postgres.Ailing) finding {
	if len(list) == 0 {
		return finding{"webhooks", true, "every endpoint takes what it is sent", ""}
	}
	var says, fixes []string
	for i, a := range list {
		if i == ailingShown {
			says = append(says, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		switch {
		case a.Disabled != "":
			says = append(says, fmt.Sprintf("%s of %s is switched off (%s)", a.URL, a.WorkspaceID, a.Disabled))
			fixes = append(fixes, "enrichd webhook enable "+a.EndpointID)
		default:
			one := fmt.Sprintf("%s of %s failed %d times in a row", a.URL, a.WorkspaceID, a.Failures)
			if a.Error != "" {
				one += " (" + a.Error + ")"
			}
			if a.Waiting > 0 {
				one += fmt.Sprintf(", %d deliveries wait", a.Waiting)
			}
			says = append(says, one)
			fixes = append(fixes, "enrichd webhook view "+a.EndpointID)
		}
	}
	return finding{"webhooks", false, printable(strings.Join(says, "; ")), "mend what listens there, then: " + strings.Join(fixes, ", ")}
}
