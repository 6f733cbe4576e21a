package reconcile

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// counted is the store, whose first reading of the books fails, and how often they were
// read.
type counted struct {
	Records
	lock  sync.Mutex
	reads int
	enter chan struct{} // told of each reading
	leave chan struct{}
}

func (c *counted) Population(ctx context.Context, workspaceID string) (record.Books, error) {
	c.lock.Lock()
	c.reads++
	first := c.reads == 1
	c.lock.Unlock()
	c.enter <- struct{}{}
	<-c.leave
	if first {
		return record.Books{}, errors.New("the connection broke")
	}
	return c.Records.Population(ctx, workspaceID)
}

// Of many tasks that want the model of a workspace at once one learns; where it fails,
// another one does, and only it sees the fault.
func TestOneLearnsForAll(t *testing.T) {
	books, m := &counted{Records: pgtest.Open(t, pgtest.URL(t)), enter: make(chan struct{}), leave: make(chan struct{})}, &models{}
	const tasks = 8
	ends := make(chan error, tasks)
	for range tasks {
		go func() {
			model, err := m.of(t.Context(), books, pgtest.Workspace)
			if err == nil && model == nil {
				err = errors.New("no model")
			}
			ends <- err
		}()
	}
	failed := 0
	<-books.enter
	books.leave <- struct{}{}
	if err := <-ends; err != nil {
		failed++
	}
	<-books.enter
	close(books.leave)
	for range tasks - 1 {
		if err := <-ends; err != nil {
			failed++
		}
	}
	if books.reads != 2 || failed != 1 {
		t.Errorf("the books were read %d times and %d tasks failed, want 2 and 1", books.reads, failed)
	}
}
