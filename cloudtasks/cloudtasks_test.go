package cloudtasks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/enrichd/enrichd/cloudtasks"
	"github.com/enrichd/enrichd/cloudtasks/fake"
)

var now = time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)

// config is a good one, of a service on loopback.
func config(endpoint string) cloudtasks.Config {
	return cloudtasks.Config{Project: "books", Location: "europe-west1", ServiceAccount: "push@books.iam.gserviceaccount.com", Audience: "enrichd-push", Endpoint: endpoint, Now: func() time.Time { return now }}
}

func client(t *testing.T, endpoint string) *cloudtasks.Client {
	t.Helper()
	c, err := cloudtasks.New(config(endpoint))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func task() cloudtasks.Task {
	return cloudtasks.Task{Name: "0123-one-g1", Queue: "enrichd-sites", URL: "https://push.example/internal/dispatch/logo", Body: []byte(`{"task_id":"one","generation":1}`)}
}

// What goes over the wire is what the service's reference asks for, with a token.
func TestCreateSends(t *testing.T) {
	var got struct {
		Task struct {
			Name         string
			ScheduleTime time.Time
			HTTPRequest  struct {
				URL, HTTPMethod string
				Headers         map[string]string
				Body            []byte
				OIDCToken       struct{ ServiceAccountEmail, Audience string }
			}
			DispatchDeadline string
		}
	}
	var path, token string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, token = r.Method+" "+r.URL.Path, r.Header.Get("Authorization")
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		io.WriteString(w, "{}")
	}))
	defer s.Close()
	cfg := config(s.URL)
	cfg.HTTP, cfg.Credentials = s.Client(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "of-the-relay", TokenType: "Bearer"})
	c, err := cloudtasks.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	want := task()
	want.ScheduleAt, want.DispatchDeadline = now.Add(time.Hour), 1500*time.Second
	if err := c.Create(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if path != "POST /v2/projects/books/locations/europe-west1/queues/enrichd-sites/tasks" || token != "Bearer of-the-relay" {
		t.Errorf("%s, %s", path, token)
	}
	r := got.Task.HTTPRequest
	if got.Task.Name != "projects/books/locations/europe-west1/queues/enrichd-sites/tasks/0123-one-g1" || !got.Task.ScheduleTime.Equal(want.ScheduleAt) || got.Task.DispatchDeadline != "1500.000000000s" {
		t.Errorf("%+v", got.Task)
	}
	if r.URL != want.URL || r.HTTPMethod != "POST" || string(r.Body) != string(want.Body) || r.Headers["Content-Type"] != "application/json" ||
		r.OIDCToken.ServiceAccountEmail != cfg.ServiceAccount || r.OIDCToken.Audience != cfg.Audience {
		t.Errorf("%+v", r)
	}
}

// Against the fake: a task is made and pushed once, and a name that is taken, now or
// of late, is success.
func TestCreateAgainstFake(t *testing.T) {
	clock := fake.NewManualClock(now)
	storm := fake.Storm(2, 2, 7*time.Second)
	f, err := fake.New(fake.Options{Project: "books", Location: "europe-west1", Queues: map[string]fake.Queue{"enrichd-sites": {}}, Clock: clock, Script: fake.Script{Create: func(c fake.Creation) fake.CreateFault {
		if c.Call == 4 {
			return fake.CreateFault{DropResponse: true}
		}
		return storm(c)
	}}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	api := httptest.NewServer(f)
	defer api.Close()
	bodies := make(chan string, 8)
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- r.Header.Get("Content-Type") + " " + string(body)
	}))
	defer target.Close()
	c := client(t, api.URL)
	one := task()
	one.URL = target.URL + "/internal/dispatch/logo"
	if err := c.Create(t.Context(), one); err != nil { // call 1
		t.Fatal(err)
	}
	var e *cloudtasks.Error
	if err := c.Create(t.Context(), one); !errors.As(err, &e) || e.Status != 429 || e.Code != "RESOURCE_EXHAUSTED" || !e.Retryable || e.RetryAfter != 7*time.Second { // call 2
		t.Errorf("in the storm: %#v", err)
	}
	if err := c.Create(t.Context(), one); err != nil { // call 3
		t.Errorf("a name that is taken: %v", err)
	}
	two := one
	two.Name = "4567-two-g1"
	if err := c.Create(t.Context(), two); !errors.As(err, &e) || e.Status != 0 || e.Code != "UNAVAILABLE" || !e.Retryable { // call 4
		t.Errorf("without an answer: %#v", err)
	}
	if err := c.Create(t.Context(), two); err != nil { // call 5
		t.Errorf("and once more: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := f.Finish(ctx, clock, time.Hour); err != nil {
		t.Fatal(err)
	}
	if n := len(f.Pushes()); n != 2 {
		t.Errorf("%d pushes, want 2", n)
	}
	if got := <-bodies; got != "application/json "+string(one.Body) {
		t.Errorf("pushed %s", got)
	}
	nowhere := one
	nowhere.Queue = "enrichd-none"
	if err := c.Create(t.Context(), nowhere); !errors.As(err, &e) || e.Status != 404 || e.Retryable || !strings.Contains(e.Message, "there is no such queue") {
		t.Errorf("no queue: %v", err)
	}
}

// Each answer has its meaning.
func TestAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		status    int
		header    string // Retry-After
		body      string
		code      string // "" is success
		retryable bool
		after     time.Duration
		words     string
	}{
		"made":               {200, "", `{}`, "", false, 0, ""},
		"made, odd body":     {200, "", `<html>`, "", false, 0, ""},
		"taken":              {409, "", `{"error":{"status":"ALREADY_EXISTS"}}`, "", false, 0, ""},
		"conflict":           {409, "", `{"error":{"status":"ABORTED","message":"raced"}}`, "ABORTED", true, 0, "raced"},
		"malformed":          {400, "", `{"error":{"status":"INVALID_ARGUMENT","message":"bad url"}}`, "INVALID_ARGUMENT", false, 0, "finds the task malformed"},
		"no credentials":     {401, "", `{"error":{"status":"UNAUTHENTICATED"}}`, "UNAUTHENTICATED", false, 0, "credentials are not taken"},
		"no right":           {403, "", `{"error":{"status":"PERMISSION_DENIED"}}`, "PERMISSION_DENIED", false, 0, "roles/cloudtasks.enqueuer"},
		"no queue":           {404, "", `{"error":{"status":"NOT_FOUND"}}`, "NOT_FOUND", false, 0, "queues/enrichd-sites"},
		"quota, in seconds":  {429, "12", `{"error":{"status":"RESOURCE_EXHAUSTED"}}`, "RESOURCE_EXHAUSTED", true, 12 * time.Second, ""},
		"quota, in details":  {429, "", `{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"3.5s"}]}}`, "RESOURCE_EXHAUSTED", true, 3500 * time.Millisecond, ""},
		"away, until a date": {503, "Thu, 26 Nov 2026 08:00:20 GMT", ``, "SERVICE_UNAVAILABLE", true, 20 * time.Second, "no reason"},
		"away, for ever":     {503, "99999999", ``, "SERVICE_UNAVAILABLE", true, time.Hour, ""},
		"away, nonsense":     {503, "-1", `[]`, "SERVICE_UNAVAILABLE", true, 0, ""},
		"broken":             {500, "", `{"error":{"status":"INTERNAL"}}`, "INTERNAL", true, 0, ""},
		"redirect":           {302, "", ``, "FOUND", false, 0, ""},
		"not offered":        {501, "", ``, "NOT_IMPLEMENTED", false, 0, ""},
		"endless":            {502, "", strings.Repeat("x", 1<<20), "BAD_GATEWAY", true, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					t.Error("a redirect was followed")
				}
				w.Header().Set("Location", "/elsewhere")
				if c.header != "" {
					w.Header().Set("Retry-After", c.header)
				}
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}))
			defer s.Close()
			err := client(t, s.URL).Create(t.Context(), task())
			if c.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *cloudtasks.Error
			if !errors.As(err, &e) || e.Status != c.status || e.Code != c.code || e.Retryable != c.retryable || e.RetryAfter != c.after || !strings.Contains(e.Message, c.words) || e.Message == "" {
				t.Errorf("%#v", err)
			}
		})
	}
}

// Who cancels is told so; who waits in vain may try again.
func TestCreateWithoutAnswer(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer s.Close()
	c := client(t, s.URL)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := c.Create(ctx, task()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var e *cloudtasks.Error
	if err := c.Create(ctx, task()); !errors.As(err, &e) || !e.Retryable {
		t.Errorf("too late: %v", err)
	}
}

// failing has no token to give.
type failing struct{ status int }

func (f failing) Token() (*oauth2.Token, error) {
	if f.status == 0 {
		return nil, errors.New("the metadata server is away")
	}
	return nil, &oauth2.RetrieveError{Response: &http.Response{StatusCode: f.status}}
}

func TestCreateWithoutToken(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a call without a token was made") }))
	defer s.Close()
	for status, retryable := range map[int]bool{0: true, 400: false, 429: true, 503: true} {
		cfg := config(s.URL)
		cfg.HTTP, cfg.Credentials = s.Client(), failing{status}
		c, err := cloudtasks.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var e *cloudtasks.Error
		if err := c.Create(t.Context(), task()); !errors.As(err, &e) || e.Code != "UNAUTHENTICATED" || e.Retryable != retryable {
			t.Errorf("%d: %#v", status, err)
		}
	}
}

// WRK-21, WRK-28, WRK-29: what the service would refuse is refused here, before anybody is asked.
func TestJudgedBeforeItIsSent(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was sent") }))
	defer s.Close()
	c := client(t, s.URL)
	for name, change := range map[string]func(*cloudtasks.Task){
		"31 days":       func(t *cloudtasks.Task) { t.ScheduleAt = now.Add(30*24*time.Hour + time.Second) },
		"deadline 14 s": func(t *cloudtasks.Task) { t.DispatchDeadline = 15*time.Second - 1 },
		"deadline 31 m": func(t *cloudtasks.Task) { t.DispatchDeadline = 30*time.Minute + 1 },
		"negative":      func(t *cloudtasks.Task) { t.DispatchDeadline = -time.Minute },
		"no name":       func(t *cloudtasks.Task) { t.Name = "" },
		"slash in name": func(t *cloudtasks.Task) { t.Name = "a/b" },
		"long name":     func(t *cloudtasks.Task) { t.Name = strings.Repeat("a", 501) },
		"queue":         func(t *cloudtasks.Task) { t.Queue = "../other" },
		"long URL":      func(t *cloudtasks.Task) { t.URL = "https://a.example/" + strings.Repeat("a", 2083) },
		"plain URL":     func(t *cloudtasks.Task) { t.URL = "http://push.example/" },
		"no URL":        func(t *cloudtasks.Task) { t.URL = "" },
		"password":      func(t *cloudtasks.Task) { t.URL = "https://a:b@push.example/" },
		"large body":    func(t *cloudtasks.Task) { t.Body = make([]byte, 1_048_569) },
	} {
		one := task()
		change(&one)
		var e *cloudtasks.Error
		if err := c.Create(t.Context(), one); !errors.As(err, &e) || e.Status != 0 || e.Code != "INVALID_ARGUMENT" || e.Retryable || len(e.Error()) > 300 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The bounds themselves are taken, by the client and by the fake.
func TestBoundsAreTaken(t *testing.T) {
	f, err := fake.New(fake.Options{Queues: map[string]fake.Queue{"enrichd-sites": {}}, Clock: fake.NewManualClock(now)})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := httptest.NewServer(f)
	defer s.Close()
	c := client(t, s.URL)
	for i, d := range []time.Duration{0, cloudtasks.MinDispatchDeadline, cloudtasks.MaxDispatchDeadline} {
		one := task()
		one.Name = strings.Repeat("a", cloudtasks.MaxName-1) + fmt.Sprint(i)
		one.DispatchDeadline, one.ScheduleAt, one.Body = d, now.Add(cloudtasks.MaxSchedule), make([]byte, 1_000_000)
		one.URL = "https://a.example/" + strings.Repeat("a", cloudtasks.MaxURL-18)
		if err := c.Create(t.Context(), one); err != nil {
			t.Error(err)
		}
	}
	if f.Tasks("enrichd-sites") != 3 {
		t.Errorf("%d tasks", f.Tasks("enrichd-sites"))
	}
}

func TestNewNamesTheSetting(t *testing.T) {
	for words, change := range map[string]func(*cloudtasks.Config){
		"project id":      func(c *cloudtasks.Config) { c.Project = "a/b" },
		"location":        func(c *cloudtasks.Config) { c.Location = "" },
		"e-mail address":  func(c *cloudtasks.Config) { c.ServiceAccount = "push" },
		"audience":        func(c *cloudtasks.Config) { c.Audience = "" },
		"by https":        func(c *cloudtasks.Config) { c.Endpoint = "http://10.0.0.8:8123" },
		"not this":        func(c *cloudtasks.Config) { c.Endpoint = "http://127.0.0.1.example" },
		"no address":      func(c *cloudtasks.Config) { c.Endpoint = "ftp://127.0.0.1" },
		"of a service":    func(c *cloudtasks.Config) { c.Endpoint = "127.0.0.1:8123" },
		"is no address o": func(c *cloudtasks.Config) { c.Endpoint = "http://a:b@127.0.0.1" },
	} {
		c := config("http://127.0.0.1:1")
		change(&c)
		if _, err := cloudtasks.New(c); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", words, err)
		}
	}
	for _, endpoint := range []string{"http://127.0.0.1:8123", "http://[::1]:8123/", "http://localhost:8123"} {
		if _, err := cloudtasks.New(config(endpoint)); err != nil {
			t.Error(err)
		}
	}
}

// Credentials are found as Google's own programs find them: here in a file that the
// environment names. It is not asked for a token, which would go outside.
func TestNewFindsCredentials(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", t.TempDir()+"/absent.json")
	if _, err := cloudtasks.New(config("")); err == nil || !strings.Contains(err.Error(), "credentials for Cloud Tasks") {
		t.Errorf("%v", err)
	}
}
