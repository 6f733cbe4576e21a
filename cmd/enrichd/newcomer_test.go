package main

import (
	"context"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/enrichd/enrichd/client"
)

// BenchmarkNewcomer is the first minute of a newcomer, in seconds: enrichd dev in
// an empty folder until it is ready, from there to the first task of the demo that is
// done, and the next start on the same folder.
func BenchmarkNewcomer(b *testing.B) {
	var first, task, again time.Duration
	for range b.N {
		data := b.TempDir()
		if err := os.Chmod(data, 0o755); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		dev, s := startDev(b, []string{"--data", data})
		first += time.Since(began)
		began = time.Now()
		firstDone(b, s)
		task += time.Since(began)
		stopDev(b, dev)
		began = time.Now()
		dev, _ = startDev(b, []string{"--data", data})
		again += time.Since(began)
		// It may be in the middle of the demo: how it ends is of no interest here.
		if err := dev.Process.Signal(os.Interrupt); err != nil {
			b.Fatal(err)
		}
		_ = dev.Wait()
	}
	for name, took := range map[string]time.Duration{"s-first-start": first, "s-first-task": task, "s-next-start": again} {
		b.ReportMetric(took.Seconds()/float64(b.N), name)
	}
}

// firstDone waits for a task that is completed.
func firstDone(b *testing.B, s session) {
	b.Helper()
	api := &client.Client{BaseURL: s.URL, Key: s.APIKey}
	for range 6000 {
		page, err := api.Tasks(context.Background(), url.Values{"filter[status]": {"completed"}, "page[size]": {"1"}})
		if err != nil {
			b.Fatal(err)
		}
		if len(page.Data) > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatal("no task was done")
}
