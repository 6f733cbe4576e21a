package reconcile

import (
	"context"
	"sync"
	"time"

	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/record"
)

// models keeps what was learnt of workspaces, so that a task for a handful of rows
// does not learn from thousands. A model is used for a hundred times as long as
// learning it took: learning takes a hundredth of the time at most, and a small
// workspace learns from its newest rows.
type models struct {
	lock sync.Mutex
	kept map[string]kept
}

type kept struct {
	model *matching.Model
	until time.Time
}

// Bounds of what is kept.
const (
	mostModels = 64
	longest    = 10 * time.Minute
)

// of gives the model of a workspace.
func (m *models) of(ctx context.Context, records Records, workspaceID string) (*matching.Model, error) {
	begin := time.Now()
	m.lock.Lock()
	k, ok := m.kept[workspaceID]
	m.lock.Unlock()
	if ok && begin.Before(k.until) {
		return k.model, nil
	}
	books, err := records.Population(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	model, err := learnt(ctx, books)
	if err != nil {
		return nil, err
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	if m.kept == nil || len(m.kept) >= mostModels {
		m.kept = map[string]kept{} // rare, and costs a relearning
	}
	now := time.Now()
	m.kept[workspaceID] = kept{model, now.Add(min(100*now.Sub(begin), longest))}
	return model, nil
}

func learnt(ctx context.Context, books record.Books) (*matching.Model, error) {
	p, _ := problemOf(books)
	return matching.Learn(ctx, p)
}
