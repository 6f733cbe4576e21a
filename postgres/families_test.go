package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

func children(n int) []enrich.Request {
	var list []enrich.Request
	for i := range n {
		list = append(list, enrich.Request{EntityType: "document", EntityID: fmt.Sprintf("c-%d", i), Type: enrich.OCRExtract})
	}
	return list
}

// split parks a task with n children and claims these.
func (b bench) split(n int) (parent enrich.Claim, claims []enrich.Claim) {
	b.Helper()
	enqueueOne(b.T, b.db, "parent")
	parent = b.claim(b.worker, 1)[0]
	b.settle(enrich.Settlement{Claim: parent, Outcome: enrich.OutcomeSplit, Children: children(n), WaitCode: enrich.WaitChildren, WaitWords: "It waits."})
	claims = b.claim(b.worker, n+1)
	if len(claims) != n {
		b.Fatalf("%d children were claimed, of %d", len(claims), n)
	}
	return parent, claims
}

func TestSplitParksAndWakesOnce(t *testing.T) {
	b := setup(t)
	parent, kids := b.split(3)
	if got := b.task(parent.Task.ID); got.Status != enrich.Processing || got.Wait == nil || got.Wait.Code != enrich.WaitChildren || !got.Wait.Until.IsZero() {
		t.Errorf("a parked parent: %+v, waits %+v", got, got.Wait)
	}
	b.settle(enrich.Settlement{Claim: kids[0], To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Output: []byte(`{"a": 1}`)})
	b.settle(enrich.Settlement{Claim: kids[1], To: enrich.Failed, Outcome: enrich.OutcomeFailed, Message: "broken"})
	b.noFaults()
	if early := b.claim(b.worker, 1); len(early) != 0 {
		t.Fatalf("the parent woke before its last child ended: %+v", early)
	}
	b.settle(enrich.Settlement{Claim: kids[2], To: enrich.AwaitingApproval, Outcome: enrich.OutcomeAsked, Output: []byte(`{}`), Proposal: &enrich.Proposal{}})
	if early := b.claim(b.worker, 1); len(early) != 0 {
		t.Fatal("the parent woke although a child waits for a person")
	}
	b.decideAndApply(kids[2].Task.ID)
	woken := b.claim(b.worker, 5)
	if len(woken) != 1 || woken[0].Key != parent.Key || woken[0].Splits != 1 || len(woken[0].Children) != 3 {
		t.Fatalf("woken: %+v", woken)
	}
	if c := woken[0].Children; string(c[0].Output) != `{"a": 1}` || c[1].Status != enrich.Failed || c[1].Error != "broken" || c[2].Status != enrich.Completed {
		t.Errorf("children as the parent sees them: %+v", c)
	}
	b.settle(completed(woken[0]))
	b.noFaults()
}

// The last children of many parents end together: each parent wakes once.
func TestLastChildrenTogether(t *testing.T) {
	b, ctx := setup(t), context.Background()
	parents := sizeOr(100, 5000)
	for i := range parents {
		enqueueOne(t, b.db, fmt.Sprint(i))
	}
	var split []enrich.Settlement
	for _, c := range b.claimAll() {
		split = append(split, enrich.Settlement{Claim: c, Outcome: enrich.OutcomeSplit, Children: children(2 + int(c.Key)%4), WaitCode: enrich.WaitChildren})
	}
	if _, err := b.db.Settle(ctx, "w", split); err != nil {
		t.Fatal(err)
	}
	kids := b.claimAll()
	var group sync.WaitGroup
	for s := range 8 {
		group.Go(func() {
			for i := s; i < len(kids); i += 8 {
				if _, err := b.db.Settle(ctx, "w", []enrich.Settlement{completed(kids[i])}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	woken := b.claimAll()
	if len(woken) != parents {
		t.Errorf("%d of %d parents woke", len(woken), parents)
	}
	if twice := b.claim(b.worker, 500); len(twice) != 0 {
		t.Errorf("%d parents woke twice", len(twice))
	}
	b.noFaults()
}

// Children that a caller adds, moves and deletes count as well.
func TestFamilyOfAParkedParent(t *testing.T) {
	b, ctx := setup(t), context.Background()
	parent, kids := b.split(1)
	added := enqueueOneRequest(t, b.db, enrich.Request{EntityType: "document", EntityID: "added", Type: enrich.OCRExtract, ParentID: &parent.Task.ID}).Task
	b.settle(completed(kids[0]))
	if early := b.claim(b.worker, 1); len(early) != 1 || early[0].Task.ID != added.ID {
		t.Fatalf("beside the added child: %+v", early)
	}
	b.noFaults()
	if err := b.db.DeleteTask(ctx, pgtest.Workspace, added.ID, nil); err != nil {
		t.Fatal(err)
	}
	if woken := b.claim(b.worker, 1); len(woken) != 1 || woken[0].Key != parent.Key || len(woken[0].Children) != 1 {
		t.Fatalf("after the last child was deleted: %+v", woken)
	}
	b.noFaults()
}

// Deleting a parent while its children are claimed and settled leaves none of
// them without what it must have.
func TestDeleteParentUnderLoad(t *testing.T) {
	b, ctx := setup(t), context.Background()
	for range 25 {
		enqueueOne(t, b.db, "parent")
		parent := b.claim(b.worker, 1)[0]
		b.settle(enrich.Settlement{Claim: parent, Outcome: enrich.OutcomeSplit, Children: children(6), WaitCode: enrich.WaitChildren})
		var group sync.WaitGroup
		group.Go(func() {
			for range 3 {
				claims, err := b.db.Claim(ctx, b.worker, ocrOnly, 2)
				if err != nil {
					t.Error(err)
				}
				for _, c := range claims {
					if _, err := b.db.Settle(ctx, "w", []enrich.Settlement{completed(c)}); err != nil {
						t.Error(err)
					}
				}
			}
		})
		group.Go(func() {
			if err := b.db.DeleteTask(ctx, pgtest.Workspace, parent.Task.ID, nil); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
		if left := pgtest.Query[int](t, b.url, `SELECT count(*) FROM enrichment_tasks WHERE parent_task_pk = $1`, parent.Key); left != 0 {
			t.Fatalf("%d children still name their deleted parent", left)
		}
		b.noFaults()
	}
}
