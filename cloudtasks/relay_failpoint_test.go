//go:build failpoint

package cloudtasks_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/enrichd/enrichd/cloudtasks/fake"
	"github.com/enrichd/enrichd/failpoint"
)

// A relay dies at each place around the creation of a task: every dispatch is
// delivered, and has its effect once.
func TestFailpointsRelay(t *testing.T) {
	places := failpoint.QueueNames()[:5] // the last is the worker's
	r := newRoad(t, wish{noRelay: true, queue: fake.Queue{MaxConcurrent: 8}})
	var ids []string
	died := map[string]int{}
	for i := range size(10, 250) {
		place := places[i%len(places)]
		ids = append(ids, r.enqueueMore(len(ids), 4)...)
		relay, _ := r.startProcess("relay", asBatch+"=2", failpoint.Environment+"="+fmt.Sprintf("%s=kill@%d", place, 1+i/len(places)%2))
		timeout := time.AfterFunc(20*time.Second, func() { _ = relay.Process.Kill() })
		_ = relay.Wait()
		if !timeout.Stop() {
			t.Errorf("nothing passed %s", place)
		}
		if status, ok := relay.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signal() == syscall.SIGKILL {
			died[place]++
		}
	}
	r.startProcess("relay")
	r.allEnd()
	r.once(ids)
	t.Logf("%d tasks, a relay died at %v", len(ids), died)
}

// A worker that dies between the settlement and the answer is pushed to again, in vain.
func TestFailpointsPush(t *testing.T) {
	var to turnout
	r := newRoad(t, wish{front: to.front})
	r.stop()
	doomed, address := r.startProcess("worker", failpoint.Environment+"="+failpoint.PushBeforeAnswer+"=kill")
	to.turn(t, address)
	id := r.enqueue(1)[0]
	_ = doomed.Wait()
	_, address = r.startProcess("worker")
	to.turn(t, address)
	r.wait("the service is rid of it", func() bool { return r.service.Tasks("enrichd-sites") == 0 })
	if r.outcomes(id) != "completed" || r.count(`SELECT count(*) FROM field_values`) != 1 || len(r.service.Pushes()) < 2 {
		t.Errorf("%d pushes; attempts: %s", len(r.service.Pushes()), r.outcomes(id))
	}
}
