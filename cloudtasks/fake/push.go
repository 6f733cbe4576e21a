package fake

import (
	"bytes"
	"container/heap"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync"
	"time"
)

// task is one, as it stands.
type task struct {
	wire     wireTask
	short    string
	queue    string
	deadline time.Duration
	created  time.Time
	eta      time.Time // of the next attempt
	first    time.Time // of the first attempt
	attempts int       // that were made; an attempt's TaskRetryCount is the number before it
	answers  int       // that were heard, but for 5xx: TaskExecutionCount
	previous int       // status of the last answer; 504 for a deadline, 0 for none
	ended    bool
}

// view is a task as GetTask shows it.
func (t *task) view() wireTask {
	w := t.wire
	w.CreateTime, w.ScheduleTime, w.DispatchCount, w.ResponseCount = t.created, t.eta, t.attempts, t.answers
	w.HTTPRequest.Body = nil
	return w
}

// delivery is a push that is to be made.
type delivery struct {
	task   *task
	at     time.Time
	order  int
	fault  *Fault  // decided when it came up first
	copied *header // of a copy: what the true push said
}

// header is what a push says of its task.
type header struct {
	retry, executions, previous int
	eta                         time.Time
}

// deliveries is a heap by time; what is due at once goes in the order of its making.
type deliveries []*delivery

func (d deliveries) Len() int      { return len(d) }
func (d deliveries) Swap(i, j int) { d[i], d[j] = d[j], d[i] }
func (d deliveries) Less(i, j int) bool {
	return d[i].at.Before(d[j].at) || d[i].at.Equal(d[j].at) && d[i].order < d[j].order
}
func (d *deliveries) Push(x any) { *d = append(*d, x.(*delivery)) }
func (d *deliveries) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

// schedule has a push made later. The caller holds s.mu.
func (s *Service) schedule(d *delivery) {
	s.order++
	d.order = s.order
	heap.Push(&s.due, d)
}

// unblock has what a queue kept back looked at again. The caller holds s.mu.
func (s *Service) unblock(q *queue) {
	for _, d := range q.blocked {
		heap.Push(&s.due, d)
	}
	q.blocked = nil
}

// loop makes what is due, until Close.
func (s *Service) loop() {
	for {
		s.mu.Lock()
		next := s.release()
		s.mu.Unlock()
		passed, stop := s.clock.At(next)
		select {
		case <-s.wake:
		case <-passed:
		case <-s.ctx.Done():
			stop()
			return
		}
		stop()
	}
}

// release starts what is due and may go, and returns when the next is due.
// The caller holds s.mu.
func (s *Service) release() time.Time {
	for moved := false; ; moved = true {
		if len(s.due) == 0 || s.due[0].at.After(s.clock.Now()) {
			if moved {
				s.change()
			}
			break
		}
		s.consider(heap.Pop(&s.due).(*delivery))
	}
	if len(s.due) == 0 {
		return s.clock.Now().Add(24 * time.Hour)
	}
	return s.due[0].at
}

// consider makes a push, or finds that it must wait. The caller holds s.mu.
func (s *Service) consider(d *delivery) {
	q, now := s.queues[d.task.queue], s.clock.Now()
	if d.copied != nil {
		s.send(q, d)
		return
	}
	if d.task.ended {
		return
	}
	if d.fault == nil {
		d.fault = &Fault{}
		if s.options.Script.Push != nil {
			*d.fault = s.options.Script.Push(Push{Queue: q.name, Task: d.task.short, Retry: d.task.attempts})
		}
		if d.fault.Delay > 0 {
			d.at = now.Add(d.fault.Delay)
			s.schedule(d)
			return
		}
	}
	if q.paused || q.running >= q.MaxConcurrent {
		q.blocked = append(q.blocked, d)
		return
	}
	if start := q.start(now); start.After(now) {
		d.at = start
		s.schedule(d)
		return
	}
	s.send(q, d)
}

// start is when a queue's next push may be made; where that is now, it is counted.
func (q *queue) start(now time.Time) time.Time {
	if q.quiet.After(now) {
		return q.quiet
	}
	if q.MaxPerSecond <= 0 {
		return now
	}
	if q.next.After(now) {
		return q.next
	}
	// A second's worth may go at once.
	if burst := now.Add(-time.Second); q.next.Before(burst) {
		q.next = burst
	}
	q.next = q.next.Add(time.Duration(float64(time.Second) / q.MaxPerSecond))
	return now
}

// send makes a push, with its copies. The caller holds s.mu.
func (s *Service) send(q *queue, d *delivery) {
	t, now := d.task, s.clock.Now()
	says := d.copied
	if says == nil {
		says = &header{retry: t.attempts, executions: t.answers, previous: t.previous, eta: t.eta}
		if t.attempts == 0 {
			t.first = now
		}
		t.attempts++
		q.running++
		for range d.fault.Copies {
			s.schedule(&delivery{task: t, at: now.Add(d.fault.CopyDelay), copied: says})
		}
	}
	s.running++
	s.alive.Go(func() { s.attempt(q, d, *says) })
}

// attempt makes one push and takes its answer.
func (s *Service) attempt(q *queue, d *delivery, says header) {
	t, answered, sent := d.task, make(chan *http.Response, 1), make(chan struct{})
	s.alive.Go(func() { answered <- s.push(t, says, sent) })
	passed, stop := s.clock.At(s.clock.Now().Add(t.deadline))
	defer stop()
	var early <-chan struct{}
	if d.fault != nil && d.fault.PassDeadline {
		early = sent
	}
	select {
	case resp := <-answered:
		s.settle(q, d, says, resp)
		return
	case <-passed:
	case <-early:
	}
	s.mu.Lock()
	s.late++
	s.mu.Unlock()
	s.settle(q, d, says, &http.Response{StatusCode: http.StatusGatewayTimeout})
	<-answered // the handler goes on, and nobody hears it
	s.mu.Lock()
	s.late--
	s.change()
	s.mu.Unlock()
}

// push sends one request; nil where there was no answer. It closes sent when the
// request has been written, or will not be.
func (s *Service) push(t *task, says header, sent chan struct{}) *http.Response {
	written := sync.OnceFunc(func() { close(sent) })
	defer written()
	w := t.wire.HTTPRequest
	method := w.HTTPMethod
	if method == "" {
		method = http.MethodPost
	}
	ctx := httptrace.WithClientTrace(s.ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { written() }})
	req, err := http.NewRequestWithContext(ctx, method, w.URL, bytes.NewReader(w.Body))
	if err != nil {
		return nil
	}
	for name, value := range w.Headers {
		req.Header.Set(name, value)
	}
	if err := s.head(req, t, says); err != nil {
		return nil
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp
}

// head sets the headers that were recorded of the service. Its Content-Type is the
// task's alone.
func (s *Service) head(req *http.Request, t *task, says header) error {
	// As the service spells them, which is not how Go would.
	set := func(name, value string) {
		req.Header.Del(name)
		req.Header["X-CloudTasks-"+name] = []string{value}
	}
	set("QueueName", t.queue)
	set("TaskName", t.short)
	set("TaskRetryCount", strconv.Itoa(says.retry))
	set("TaskExecutionCount", strconv.Itoa(says.executions))
	set("TaskETA", fmt.Sprintf("%d.%06d", says.eta.Unix(), says.eta.Nanosecond()/1000))
	if says.retry > 0 {
		set("TaskRetryReason", "") // there, and empty, for HTTP targets
		if says.previous != 0 {
			set("TaskPreviousResponse", strconv.Itoa(says.previous))
		}
	}
	req.Header.Set("User-Agent", "Google-Cloud-Tasks")
	if o := t.wire.HTTPRequest.OIDCToken; o != nil {
		audience := o.Audience
		if audience == "" {
			audience = t.wire.HTTPRequest.URL
		}
		token, err := s.signer.token(o.ServiceAccountEmail, audience, s.clock.Now())
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return nil
}

// settle takes an answer: the task is done, tried again, or dropped.
func (s *Service) settle(q *queue, d *delivery, says header, resp *http.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.change()
	s.running--
	t, now := d.task, s.clock.Now()
	if d.fault != nil && d.fault.DropResponse {
		resp = nil
	}
	p := Pushed{Push: Push{Queue: q.name, Task: t.short, Retry: says.retry}, At: now, Copy: d.copied != nil}
	if resp != nil {
		p.Status = resp.StatusCode
	}
	if !p.Copy {
		p.Dropped = s.conclude(q, t, p.Status, resp)
	}
	s.pushes = append(s.pushes, p)
}

// conclude ends a true push. It reports whether the task was dropped. The caller
// holds s.mu.
func (s *Service) conclude(q *queue, t *task, status int, resp *http.Response) (dropped bool) {
	now := s.clock.Now()
	q.running--
	s.unblock(q)
	t.previous = status
	if status != 0 && status < 500 {
		t.answers++
	}
	s.throttle(q, status, resp)
	switch {
	case t.ended:
	case status >= 200 && status < 300:
		s.end(t)
	case q.exhausted(t.attempts, now.Sub(t.first)):
		s.end(t)
		return true
	default:
		t.eta = now.Add(q.backoff(t.attempts))
		s.schedule(&delivery{task: t, at: t.eta})
	}
	return false
}

// throttle slows a whole queue down after 429 and 503: for 1 s, twice as long after
// each further one, at most MaxThrottle, and no shorter than Retry-After. The service
// says that it does so, not for how long.
func (s *Service) throttle(q *queue, status int, resp *http.Response) {
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		if status >= 200 && status < 300 {
			q.slowed = 0
		}
		return
	}
	wait := min(time.Second<<min(q.slowed, 6), q.MaxThrottle)
	q.slowed++
	if seconds, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16); err == nil {
		wait = max(wait, time.Duration(seconds)*time.Second)
	}
	if until := s.clock.Now().Add(wait); until.After(q.quiet) {
		q.quiet = until
	}
}

// end deletes a task. Its name stays taken for a while. The caller holds s.mu.
func (s *Service) end(t *task) {
	t.ended = true
	delete(s.queues[t.queue].tasks, t.short)
	s.tombs[t.wire.Name] = s.clock.Now().Add(s.options.Tombstone)
}
