// Package cloudtasks hands tasks to Google Cloud Tasks.
//
// A dispatch row is the outbox, a relay makes a named task of it in the queue of
// its family, and the service pushes that task back to us. This package speaks the
// service's REST face (v2) with Google's own credentials; docs/adr/0014 says why
// not the generated client. The program imports it from one file, which a build
// with the tag nocloudtasks leaves out.
package cloudtasks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

// What the service allows, from its page of quotas and the doc comments of its v2.
const (
	MinDispatchDeadline = 15 * time.Second
	MaxDispatchDeadline = 30 * time.Minute
	MaxSchedule         = 30 * 24 * time.Hour
	MaxURL              = 2083
	MaxName             = 500
	// MaxStored is the size of a stored task in bytes that is still taken.
	MaxStored = 1_048_569
)

const (
	// googleEndpoint is the service's own address.
	googleEndpoint = "https://cloudtasks.googleapis.com"
	// scope is the one that Google's client asks for; what may be done is IAM's to say.
	scope = "https://www.googleapis.com/auth/cloud-platform"
	// callTimeout bounds one call, with its token.
	callTimeout = 20 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 64 << 10
	// overhead is more than all of a stored task but its URL and body takes, in bytes.
	overhead = 4 << 10
)

// Config is where tasks are made and how the service calls back.
type Config struct {
	Project  string // id of the project, such as "books-prod"
	Location string // region of the queues, such as "europe-west1"
	// ServiceAccount is the e-mail address of the account whose tokens pushes carry.
	ServiceAccount string
	// Audience is the aud of these tokens: a fixed word, so that a change of URL
	// does not break them.
	Audience string
	// Endpoint is the service's address; "" is Google's. Plain http is for loopback
	// alone, and goes without credentials.
	Endpoint string
	// Credentials are who creates tasks; nil finds Google's Application Default
	// Credentials.
	Credentials oauth2.TokenSource
	// HTTP makes the calls; nil is a client of its own. Redirects are not followed.
	HTTP *http.Client
	// Now is the clock that ScheduleAt is judged by; nil is the true one.
	Now func() time.Time
}

// Task is one to create.
type Task struct {
	Name       string    // short id, see TaskID
	Queue      string    // short id, see Queue
	URL        string    // where it is pushed to, https, or http on loopback
	Body       []byte    // JSON: ids only
	ScheduleAt time.Time // not pushed before; zero is at once, at most MaxSchedule from now
	// DispatchDeadline is how long the service listens to one push, from
	// MinDispatchDeadline to MaxDispatchDeadline; zero is its default, 10 min. The
	// handler may go on behind it.
	DispatchDeadline time.Duration
}

// Client creates tasks. It may be used by many goroutines.
type Client struct {
	config Config
	http   *http.Client
	tokens oauth2.TokenSource // nil where no credentials are sent
}

var (
	projectForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9.:-]{0,99}$`)
	locationForm = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)
	queueForm    = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)
	nameForm     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,500}$`)
)

// New makes a client. Errors say which setting is wrong, or that no credentials are
// to be found. It may ask the machine's metadata server for those.
func New(c Config) (*Client, error) {
	plain, err := c.check()
	if err != nil {
		return nil, err
	}
	if c.Endpoint == "" {
		c.Endpoint = googleEndpoint
	}
	c.Endpoint = strings.TrimRight(c.Endpoint, "/")
	if c.Now == nil {
		c.Now = time.Now
	}
	made := &Client{config: c, http: withoutRedirects(c.HTTP)}
	if plain {
		return made, nil
	}
	made.tokens = c.Credentials
	if made.tokens == nil {
		ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Timeout: callTimeout})
		if made.tokens, err = google.DefaultTokenSource(ctx, scope); err != nil {
			return nil, fmt.Errorf("credentials for Cloud Tasks: %w", err)
		}
	}
	return made, nil
}

// withoutRedirects is a copy of a client that takes a redirect for the answer.
func withoutRedirects(c *http.Client) *http.Client {
	if c == nil {
		// Far more calls go to one host than the default transport keeps connections for.
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.MaxIdleConnsPerHost = 32
		c = &http.Client{Transport: transport}
	}
	made := *c
	made.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &made
}

// check judges the settings, and reports whether the endpoint is plain http.
func (c Config) check() (plain bool, err error) {
	switch {
	case !projectForm.MatchString(c.Project):
		return false, fmt.Errorf("cloud tasks: %q is no project id", c.Project)
	case !locationForm.MatchString(c.Location):
		return false, fmt.Errorf("cloud tasks: %q is no location, such as europe-west1", c.Location)
	case strings.Count(c.ServiceAccount, "@") != 1:
		return false, fmt.Errorf("cloud tasks: %q is no e-mail address of a service account", c.ServiceAccount)
	case c.Audience == "":
		return false, errors.New("cloud tasks: an audience must be set: the service would take each task's URL")
	case c.Endpoint == "":
		return false, nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return false, fmt.Errorf("cloud tasks: %q is no address of a service", c.Endpoint)
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return false, fmt.Errorf("cloud tasks: %s is not this machine, so it must be reached by https", u.Host)
	}
	return u.Scheme == "http", nil
}

// loopback reports whether a host is this machine's own address. A name is not,
// whatever it means now, but for localhost.
func loopback(host string) bool {
	at, err := netip.ParseAddr(host)
	return err == nil && at.Unmap().IsLoopback() || host == "localhost"
}

// Create makes a task, and returns nil as well where one of its name exists or
// existed of late: whoever made it meant the same. Every other failure is an *Error,
// but for those of the context.
func (c *Client) Create(ctx context.Context, t Task) error {
	if err := c.judge(t); err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"task": c.wire(t)})
	if err != nil {
		return fmt.Errorf("create task %s: %w", t.Name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.Endpoint+"/v2/"+c.queue(t.Queue)+"/tasks", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("create task %s: %w", t.Name, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if err := c.authorize(req); err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return unreachable(ctx, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode == http.StatusOK {
		// Made. What the body says of it is not needed, even where it breaks off.
		return nil
	}
	if err != nil {
		return unreachable(ctx, err)
	}
	return c.failure(resp, answer, t)
}

// authorize puts the token of who we are on a request.
func (c *Client) authorize(req *http.Request) error {
	if c.tokens == nil {
		return nil
	}
	token, err := c.tokens.Token()
	if err != nil {
		// Google's token endpoint or the metadata server is away, or says no.
		var refused *oauth2.RetrieveError
		said := errors.As(err, &refused) && refused.Response != nil && refused.Response.StatusCode < 500 && refused.Response.StatusCode != http.StatusTooManyRequests
		return &Error{Code: "UNAUTHENTICATED", Message: "no token for Cloud Tasks: " + err.Error(), Retryable: !said}
	}
	token.SetAuthHeader(req)
	return nil
}

// queue is the whole name of a queue.
func (c *Client) queue(short string) string {
	return "projects/" + c.config.Project + "/locations/" + c.config.Location + "/queues/" + short
}

// wire is a task as the service reads it.
func (c *Client) wire(t Task) any {
	type oidcToken struct {
		ServiceAccountEmail string `json:"serviceAccountEmail"`
		Audience            string `json:"audience"`
	}
	type httpRequest struct {
		URL        string            `json:"url"`
		HTTPMethod string            `json:"httpMethod"`
		Headers    map[string]string `json:"headers"`
		Body       []byte            `json:"body"`
		OIDCToken  oidcToken         `json:"oidcToken"`
	}
	type task struct {
		Name             string      `json:"name"`
		HTTPRequest      httpRequest `json:"httpRequest"`
		ScheduleTime     string      `json:"scheduleTime,omitempty"`
		DispatchDeadline string      `json:"dispatchDeadline,omitempty"`
	}
	w := task{Name: c.queue(t.Queue) + "/tasks/" + t.Name, HTTPRequest: httpRequest{
		URL: t.URL, HTTPMethod: http.MethodPost, Body: t.Body,
		Headers:   map[string]string{"Content-Type": "application/json"}, // the service sets none by itself
		OIDCToken: oidcToken{ServiceAccountEmail: c.config.ServiceAccount, Audience: c.config.Audience},
	}}
	if !t.ScheduleAt.IsZero() {
		w.ScheduleTime = t.ScheduleAt.UTC().Format(time.RFC3339Nano)
	}
	if t.DispatchDeadline != 0 {
		// Seconds with their fraction, as JSON has durations of protocol buffers.
		w.DispatchDeadline = fmt.Sprintf("%.9fs", t.DispatchDeadline.Seconds())
	}
	return w
}

// judge refuses here what the service would refuse there, in words.
func (c *Client) judge(t Task) error {
	target, err := url.Parse(t.URL)
	switch {
	case !nameForm.MatchString(t.Name):
		return refuse("a task's name has 1 to %d letters, digits, hyphens and underscores: %.80q", MaxName, t.Name)
	case !queueForm.MatchString(t.Queue):
		return refuse("a queue's name has 1 to 100 letters, digits and hyphens: %.80q", t.Queue)
	case len(t.URL) > MaxURL:
		return refuse("the URL has %d characters, of at most %d", len(t.URL), MaxURL)
	case err != nil || target.Host == "" || target.User != nil || target.Scheme != "https" && (target.Scheme != "http" || !loopback(target.Hostname())):
		return refuse("tasks are pushed to an https URL: %.80q is none", t.URL)
	case t.DispatchDeadline != 0 && (t.DispatchDeadline < MinDispatchDeadline || t.DispatchDeadline > MaxDispatchDeadline):
		return refuse("a dispatch deadline is between %v and %v, not %v", MinDispatchDeadline, MaxDispatchDeadline, t.DispatchDeadline)
	case t.ScheduleAt.Sub(c.config.Now()) > MaxSchedule:
		return refuse("a task is scheduled at most 30 days ahead, not for %s", t.ScheduleAt.UTC().Format(time.RFC3339))
	case len(t.Body)+len(t.URL)+overhead > MaxStored:
		return refuse("the body of %d bytes makes the task larger than %d bytes", len(t.Body), MaxStored)
	}
	return nil
}
