package cloudtasks_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/fake"
	"github.com/enrichd/enrichd/cloudtasks/push"
	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
)

// What a task costs by either dispatcher, from its hand-over or claim to its end, and
// what it writes. The service is the fake, in this process: its time is in it.
func BenchmarkTask(b *testing.B) {
	b.Run("postgres", func(b *testing.B) {
		r := newRoad(b, wish{noRelay: true})
		r.stop()
		r.enqueue(b.N)
		written := r.wal()
		engine := dispatch.New(dispatch.Options{Queue: r.db, Kinds: []enrich.Kind{scripted{r.spec(), r.counted}}})
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan struct{})
		b.ResetTimer()
		go func() { defer close(ended); _ = engine.Run(ctx) }()
		r.allEnd()
		b.StopTimer()
		r.tellWAL(written)
		cancel()
		<-ended
	})
	b.Run("cloudtasks", func(b *testing.B) {
		r := newRoad(b, wish{noRelay: true})
		r.enqueue(b.N)
		written := r.wal()
		b.ResetTimer()
		r.startRelay()
		r.allEnd()
		b.StopTimer()
		r.tellWAL(written)
	})
}

func (r *road) wal() int { return r.count(`SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint`) }

func (r *road) tellWAL(before int) {
	b := r.TB.(*testing.B)
	b.ReportMetric(float64(r.wal()-before)/float64(b.N), "WAL-bytes/op")
}

// Where the difference goes: each part of the way that the other dispatcher lacks, or
// does for many tasks at once.
func BenchmarkPart(b *testing.B) {
	logos := []enrich.Type{enrich.Logo}
	handed := func(b *testing.B, r *road, n int) (list []enrich.Handover) {
		b.Helper()
		for len(list) < n {
			more, err := r.db.HandOver(b.Context(), logos, 100, 1<<30)
			if err != nil || len(more) == 0 {
				b.Fatal(len(more), err)
			}
			list = append(list, more...)
		}
		return list
	}
	b.Run("handover", func(b *testing.B) {
		r := newRoad(b, wish{noRelay: true})
		r.enqueue(b.N)
		written := r.wal()
		b.ResetTimer()
		handed(b, r, b.N)
		b.StopTimer()
		r.tellWAL(written)
	})
	b.Run("create", func(b *testing.B) {
		r := newRoad(b, wish{noRelay: true})
		r.operate("pause")
		client := r.client()
		b.ResetTimer()
		for i := range b.N {
			if err := client.Create(b.Context(), cloudtasks.Task{Name: cloudtasks.TaskID("x", i), Queue: "enrichd-sites", URL: r.push, Body: []byte(`{}`)}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("confirm", func(b *testing.B) {
		r := newRoad(b, wish{noRelay: true})
		r.enqueue(b.N)
		list := handed(b, r, b.N)
		generations := make([]int, len(list))
		for i, h := range list {
			generations[i] = h.Generation
		}
		written := r.wal()
		b.ResetTimer()
		for at := 0; at < len(list); at += 100 {
			if err := r.db.Confirm(b.Context(), generations[at:min(at+100, len(list))]); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		r.tellWAL(written)
	})
	b.Run("verify", func(b *testing.B) {
		r := newRoad(b, wish{noRelay: true})
		v, err := push.NewVerifier(push.Trust{Audience: audience, ServiceAccount: account, JWKSURL: r.api + fake.CertsPath})
		if err != nil {
			b.Fatal(err)
		}
		token, err := r.service.Token(account, audience, nil)
		for i := 0; i < b.N && err == nil; i++ {
			err = v.Verify(b.Context(), token)
		}
		if err != nil {
			b.Fatal(err)
		}
	})
	for _, n := range []int{1, 8} {
		b.Run(fmt.Sprintf("claim-%d", n), func(b *testing.B) {
			r := newRoad(b, wish{noRelay: true})
			worker, err := r.db.Register(b.Context(), "bench", logos)
			if err != nil {
				b.Fatal(err)
			}
			r.enqueue(b.N)
			b.ResetTimer()
			for left := b.N; left > 0; left -= n {
				if _, err := r.db.Claim(b.Context(), worker, logos, n); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("claim-push", func(b *testing.B) {
		r := newRoad(b, wish{noRelay: true})
		worker, err := r.db.Register(b.Context(), "bench", logos)
		if err != nil {
			b.Fatal(err)
		}
		r.enqueue(b.N)
		list := handed(b, r, b.N)
		b.ResetTimer()
		for _, h := range list {
			if _, err := r.db.ClaimHandover(b.Context(), worker, enrich.Delivery{Handover: h}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
