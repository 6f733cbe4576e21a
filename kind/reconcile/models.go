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
// workspace learns from its newest rows. Of many tasks that want one at once, as
// after the import of a long file, one learns and the others wait for it.
type models struct {
	lock     sync.Mutex
	kept     map[string]kept
	learning map[string]chan struct{} // closed when it has ended, by workspace
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
	for {
		model, learns := m.look(workspaceID)
		if model != nil {
			return model, nil
		}
		if learns == nil {
			break // it is ours to learn
		}
		select {
		case <-learns: // look again: it may have failed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer m.learnt(workspaceID)
	begin := time.Now()
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

// look gives the model that is kept, or what tells the end of the learning that
// another task has begun. Neither: the caller has begun it and says when it ends.
func (m *models) look(workspaceID string) (*matching.Model, chan struct{}) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if k, ok := m.kept[workspaceID]; ok && time.Now().Before(k.until) {
		return k.model, nil
	}
	if learns := m.learning[workspaceID]; learns != nil {
		return nil, learns
	}
	if m.learning == nil {
		m.learning = map[string]chan struct{}{}
	}
	m.learning[workspaceID] = make(chan struct{})
	return nil, nil
}

// learnt ends a learning, however it ended.
func (m *models) learnt(workspaceID string) {
	m.lock.Lock()
	defer m.lock.Unlock()
	close(m.learning[workspaceID])
	delete(m.learning, workspaceID)
}

func learnt(ctx context.Context, books record.Books) (*matching.Model, error) {
	p, _ := problemOf(books)
	return matching.Learn(ctx, p)
}
