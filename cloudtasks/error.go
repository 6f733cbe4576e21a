package cloudtasks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is why a task was not created.
type Error struct {
	Status  int    // of HTTP; 0 where the service did not answer or was not asked
	Code    string // Google's word for it, such as RESOURCE_EXHAUSTED
	Message string // for an operator
	// Retryable says that the same call may succeed later.
	Retryable bool
	// RetryAfter is how long the service asks to wait; 0 where it does not say.
	RetryAfter time.Duration
}

func (e *Error) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("cloud tasks: %s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("cloud tasks: %d %s: %s", e.Status, e.Code, e.Message)
}

// refuse is what is wrong with a task before anybody was asked.
func refuse(format string, args ...any) error {
	return &Error{Code: "INVALID_ARGUMENT", Message: fmt.Sprintf(format, args...)}
}

// unreachable is a call without an answer. The task may have been made: a second
// call under its name tells.
func unreachable(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, context.Canceled) {
		return cause
	}
	return &Error{Code: "UNAVAILABLE", Message: err.Error(), Retryable: true}
}

// remedies are what an operator does about an answer that will not change by itself.
var remedies = map[int]string{
	http.StatusBadRequest:   "the service finds the task malformed",
	http.StatusUnauthorized: "the credentials are not taken",
	http.StatusForbidden:    "the creating account needs roles/cloudtasks.enqueuer on the queue and roles/iam.serviceAccountUser on the pushing account, and the API must be enabled",
	http.StatusNotFound:     "there is no such queue in this project and location",
}

// maxRetryAfter bounds how long the service can ask us to wait.
const maxRetryAfter = time.Hour

// failure reads an answer that is not 200; nil is the name that is taken.
func (c *Client) failure(resp *http.Response, body []byte, t Task) error {
	var said struct {
		Error struct {
			Message string `json:"message"`
			Status  string `json:"status"`
			Details []struct {
				RetryDelay string `json:"retryDelay"`
			} `json:"details"`
		} `json:"error"`
	}
	// A proxy in between answers what it likes: then the status alone is known.
	_ = json.Unmarshal(body, &said)
	e := &Error{Status: resp.StatusCode, Code: said.Error.Status, Message: said.Error.Message, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), c.config.Now())}
	if e.Status == http.StatusConflict && e.Code == "ALREADY_EXISTS" {
		return nil
	}
	for _, d := range said.Error.Details {
		if wait, err := time.ParseDuration(d.RetryDelay); err == nil && strings.HasSuffix(d.RetryDelay, "s") {
			e.RetryAfter = max(e.RetryAfter, min(wait, maxRetryAfter))
		}
	}
	if e.Code == "" {
		e.Code = strings.ToUpper(strings.ReplaceAll(http.StatusText(e.Status), " ", "_"))
	}
	if e.Message == "" {
		e.Message = "no reason given"
	}
	if remedy := remedies[e.Status]; remedy != "" {
		e.Message = fmt.Sprintf("%s (queue %s): %s", remedy, c.queue(t.Queue), e.Message)
	}
	switch e.Status {
	// A conflict that is not about the name is ABORTED: somebody else wrote at once.
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		e.Retryable = true
	default:
		e.Retryable = e.Status >= 500 && e.Status != http.StatusNotImplemented
	}
	return e
}

// retryAfter reads the header, in seconds or as a date; 0 where it is neither.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}
