package cloudtasks

import (
	"slices"
	"testing"

	"github.com/enrichd/enrichd/enrich"
)

// While the service is away a relay meets its own tasks again and again among those
// that are left behind. Each waits for it once, or an hour of that would be made up
// for with thousands of calls for nothing.
func TestRelayRemembersATaskOnce(t *testing.T) {
	out := &outlet{}
	for range 50 {
		out.remember([]enrich.Handover{{TaskID: "a", Generation: 1}, {TaskID: "b", Generation: 2}, {TaskID: "b", Generation: 2}})
	}
	out.remember([]enrich.Handover{{TaskID: "a", Generation: 3}}) // handed over anew
	var generations []int
	for _, h := range out.again {
		generations = append(generations, h.Generation)
	}
	if !slices.Equal(generations, []int{1, 2, 3}) {
		t.Errorf("it remembers %v", generations)
	}
}
