package fake

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// What the service allows.
const (
	maxStored   = 1_048_569 // bytes of a stored task
	maxURL      = 2083
	maxSchedule = 30 * 24 * time.Hour
	minDeadline = 15 * time.Second
	maxDeadline = 30 * time.Minute
	deadline    = 10 * time.Minute // where a task names none
)

// wireTask is a task as the REST face has it.
type wireTask struct {
	Name             string      `json:"name"`
	HTTPRequest      httpRequest `json:"httpRequest"`
	ScheduleTime     time.Time   `json:"scheduleTime,omitzero"`
	CreateTime       time.Time   `json:"createTime,omitzero"`
	DispatchDeadline string      `json:"dispatchDeadline,omitempty"`
	DispatchCount    int         `json:"dispatchCount,omitempty"`
	ResponseCount    int         `json:"responseCount,omitempty"`
}

type httpRequest struct {
	URL        string            `json:"url"`
	HTTPMethod string            `json:"httpMethod,omitempty"`
	Headers    map[string]string `json:"headers,omitempty"`
	Body       []byte            `json:"body,omitempty"`
	OIDCToken  *oidcToken        `json:"oidcToken,omitempty"`
}

type oidcToken struct {
	ServiceAccountEmail string `json:"serviceAccountEmail"`
	Audience            string `json:"audience,omitempty"`
}

// newRoutes is every route: who creates tasks calls the first, operators the rest.
func (s *Service) newRoutes() *http.ServeMux {
	const queue = "/v2/projects/{project}/locations/{location}/queues/{queue}"
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+queue+"/tasks", s.create)
	mux.HandleFunc("GET "+queue+"/tasks", s.list)
	mux.HandleFunc("GET "+queue+"/tasks/{task}", s.get)
	mux.HandleFunc("DELETE "+queue+"/tasks/{task}", s.delete)
	mux.HandleFunc("POST "+queue, s.operate) // {queue} is name:pause, name:resume or name:purge
	mux.Handle("GET "+CertsPath, s.signer)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "Not Found") })
	return mux
}

// words are Google's for a status.
var words = map[int]string{
	http.StatusBadRequest: "INVALID_ARGUMENT", http.StatusForbidden: "PERMISSION_DENIED", http.StatusNotFound: "NOT_FOUND", http.StatusConflict: "ALREADY_EXISTS",
	http.StatusTooManyRequests: "RESOURCE_EXHAUSTED", http.StatusInternalServerError: "INTERNAL", http.StatusServiceUnavailable: "UNAVAILABLE",
}

// What the service says, as far as it is known; the rest is said in plain words. A
// client must go by status and code.
const (
	noQueue    = "Queue does not exist. If you just created the queue, wait at least a minute for the queue to initialize."
	takenNow   = "Requested entity already exists"
	takenOnce  = "The task cannot be created because a task with this name existed too recently. For more information about task de-duplication see https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create#body.request_body.FIELDS.task."
	noTask     = "Requested entity was not found."
	noTaskMore = "The task no longer exists, though a task with this name existed recently. The task either successfully completed or was deleted."
)

// refuse answers an error as Google's REST faces do.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"code": status, "message": message, "status": words[status]}})
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_ = json.NewEncoder(w).Encode(body)
}

// queueOf finds the queue of a request, nil where it has none. The caller holds s.mu.
func (s *Service) queueOf(r *http.Request) *queue {
	fits := func(want, got string) bool { return want == "" || want == got }
	if !fits(s.options.Project, r.PathValue("project")) || !fits(s.options.Location, r.PathValue("location")) {
		return nil
	}
	return s.queues[r.PathValue("queue")]
}

// parent is the whole name of the queue of a request.
func parent(r *http.Request) string {
	return "projects/" + r.PathValue("project") + "/locations/" + r.PathValue("location") + "/queues/" + r.PathValue("queue")
}

// create is CreateTask.
func (s *Service) create(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Task wireTask `json:"task"`
	}
	// Base64 makes a third more of the largest task.
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 2*maxStored)).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "Invalid JSON payload received. "+err.Error())
		return
	}
	// What is left keeps the connection from being used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<10))
	status, said, fault := s.made(r, body.Task)
	switch {
	case fault.DropResponse:
		panic(http.ErrAbortHandler)
	case said != "":
		if fault.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter.Seconds())))
		}
		refuse(w, status, said)
	default:
		body.Task.HTTPRequest.Body = nil // the basic view
		answer(w, body.Task)
	}
}

// made makes a task, or says why not.
func (s *Service) made(r *http.Request, t wireTask) (status int, said string, fault CreateFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	_, short, named := strings.Cut(t.Name, "/tasks/")
	if s.options.Script.Create != nil {
		fault = s.options.Script.Create(Creation{Queue: r.PathValue("queue"), Task: short, Call: s.calls})
	}
	if fault.Status != 0 {
		return fault.Status, "Quota exceeded or service busy: try again later.", fault
	}
	q := s.queueOf(r)
	if q == nil {
		return http.StatusNotFound, noQueue, fault
	}
	if !named {
		short = strconv.Itoa(s.calls)
		t.Name = parent(r) + "/tasks/" + short
	}
	now := s.clock.Now()
	made, wrong := newTask(t, parent(r), short, q.name, now)
	if wrong != "" {
		return http.StatusBadRequest, wrong, fault
	}
	if q.tasks[short] != nil {
		return http.StatusConflict, takenNow, fault
	}
	if until, ok := s.tombs[t.Name]; ok && now.Before(until) {
		return http.StatusConflict, takenOnce, fault
	}
	delete(s.tombs, t.Name)
	q.tasks[short] = made
	s.schedule(&delivery{task: made, at: made.eta})
	s.change()
	return http.StatusOK, "", fault
}

var taskName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,500}$`)

// newTask judges a task as the service does, and says what is wrong with it.
func newTask(w wireTask, parent, short, queue string, now time.Time) (made *task, wrong string) {
	target, err := url.Parse(w.HTTPRequest.URL)
	listens := deadline
	if w.DispatchDeadline != "" {
		var bad error
		if listens, bad = time.ParseDuration(w.DispatchDeadline); bad != nil || !strings.HasSuffix(w.DispatchDeadline, "s") {
			return nil, fmt.Sprintf("Invalid value at 'task.dispatch_deadline' (type.googleapis.com/google.protobuf.Duration), %q", w.DispatchDeadline)
		}
	}
	stored := len(w.Name) + len(w.HTTPRequest.URL) + len(w.HTTPRequest.Body)
	for name, value := range w.HTTPRequest.Headers {
		stored += len(name) + len(value)
	}
	switch {
	case !strings.HasPrefix(w.Name, parent+"/tasks/") || !taskName.MatchString(short):
		return nil, "Task name must be formatted: \"projects/<PROJECT_ID>/locations/<LOCATION_ID>/queues/<QUEUE_ID>/tasks/<TASK_ID>\""
	case err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https":
		return nil, "HttpRequest.url must start with 'http' or 'https' and name a host."
	case len(w.HTTPRequest.URL) > maxURL:
		return nil, fmt.Sprintf("HttpRequest.url must be no longer than %d characters.", maxURL)
	case listens < minDeadline || listens > maxDeadline:
		return nil, "The dispatch deadline must be between [15s, 30m]."
	case w.ScheduleTime.Sub(now) > maxSchedule:
		return nil, "The schedule time is more than 30 days in the future."
	case stored > maxStored:
		return nil, "Task size too large."
	}
	t := &task{wire: w, short: short, queue: queue, deadline: listens, created: now, eta: now}
	if w.ScheduleTime.After(now) {
		t.eta = w.ScheduleTime
	}
	return t, ""
}

// get is GetTask.
func (s *Service) get(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.find(w, r); t != nil {
		answer(w, t.view())
	}
}

// find is the task of a request; where there is none it answers so.
func (s *Service) find(w http.ResponseWriter, r *http.Request) *task {
	q := s.queueOf(r)
	if q == nil {
		refuse(w, http.StatusNotFound, noQueue)
		return nil
	}
	t := q.tasks[r.PathValue("task")]
	if t == nil {
		said := noTask
		if until, ok := s.tombs[parent(r)+"/tasks/"+r.PathValue("task")]; ok && s.clock.Now().Before(until) {
			said = noTaskMore
		}
		refuse(w, http.StatusNotFound, said)
	}
	return t
}

// delete is DeleteTask.
func (s *Service) delete(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.find(w, r); t != nil {
		s.end(t)
		s.change()
		answer(w, struct{}{})
	}
}

// list is ListTasks, in one page.
func (s *Service) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queueOf(r)
	if q == nil {
		refuse(w, http.StatusNotFound, noQueue)
		return
	}
	var tasks []wireTask
	for _, t := range q.tasks {
		tasks = append(tasks, t.view())
	}
	sort.Slice(tasks, func(i, j int) bool { return tasks[i].Name < tasks[j].Name })
	answer(w, map[string]any{"tasks": tasks})
}

// operate is PauseQueue, ResumeQueue and PurgeQueue.
func (s *Service) operate(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, verb, _ := strings.Cut(r.PathValue("queue"), ":")
	r.SetPathValue("queue", name)
	q := s.queueOf(r)
	if q == nil {
		refuse(w, http.StatusNotFound, noQueue)
		return
	}
	switch verb {
	case "pause":
		q.paused = true
	case "resume":
		q.paused = false
		s.unblock(q)
	case "purge":
		for _, t := range q.tasks {
			s.end(t)
		}
	default:
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	s.change()
	answer(w, map[string]any{"name": parent(r), "state": map[bool]string{true: "PAUSED", false: "RUNNING"}[q.paused]})
}
