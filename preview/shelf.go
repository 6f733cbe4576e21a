package preview

import (
	"container/list"
	"sync"
	"time"
)

// faultsStay is how long it is remembered that a page cannot be drawn: a machine
// that was too busy for it may have time later.
const faultsStay = time.Minute

// smallest is what an entry counts at least, in bytes: there are keys and faults
// besides pictures.
const smallest = 1 << 10

// shelf holds drawings up to a number of bytes. The one that was not looked at for
// the longest time goes first.
type shelf struct {
	mu     sync.Mutex
	room   int // bytes that are still free
	order  *list.List
	places map[string]*list.Element
}

type entry struct {
	key     string
	drawing drawing
	put     time.Time
}

func newShelf(size int) *shelf {
	return &shelf{room: size, order: list.New(), places: map[string]*list.Element{}}
}

func (s *shelf) get(key string) (drawing, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.places[key]
	if !ok {
		return drawing{}, false
	}
	e := at.Value.(entry)
	if e.drawing.fault != nil && time.Since(e.put) > faultsStay {
		s.drop(at)
		return drawing{}, false
	}
	s.order.MoveToFront(at)
	return e.drawing, true
}

func (s *shelf) put(key string, d drawing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.places[key]; ok {
		s.drop(old)
	}
	s.places[key] = s.order.PushFront(entry{key, d, time.Now()})
	s.room -= d.size()
	for s.room < 0 {
		s.drop(s.order.Back())
	}
}

func (s *shelf) drop(at *list.Element) {
	e := s.order.Remove(at).(entry)
	delete(s.places, e.key)
	s.room += e.drawing.size()
}

// size is what a drawing counts, in bytes.
func (d drawing) size() int {
	if d.picture == nil {
		return smallest
	}
	return smallest + len(d.picture.Content)
}
