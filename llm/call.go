package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch"
)

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// request is a chat completion as compatible endpoints take it.
type request struct {
	Model          string    `json:"model"`
	Messages       []message `json:"messages"`
	Temperature    float64   `json:"temperature"`
	Seed           int       `json:"seed"`
	MaxTokens      int       `json:"max_tokens"`
	ResponseFormat any       `json:"response_format"`
}

// completion is what is read of an answer; tool calls are not.
type completion struct {
	Choices []struct {
		Message      message `json:"message"`
		FinishReason string  `json:"finish_reason"`
	} `json:"choices"`
	Usage struct {
		In  int64 `json:"prompt_tokens"`
		Out int64 `json:"completion_tokens"`
	} `json:"usage"`
}

// call asks once, and once more where the provider asks for a short wait. Each try
// is a call in the ledger. The content returned may be of any form.
func (c *Client) call(ctx context.Context, call enrich.ModelCall, messages []message, asked form) ([]byte, []enrich.ModelCall, error) {
	body, err := json.Marshal(request{
		Model: c.o.Model, Messages: messages, Seed: 1, MaxTokens: maxTokens,
		ResponseFormat: map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "values", "strict": true, "schema": json.RawMessage(asked.raw)}},
	})
	if err != nil {
		return nil, nil, err
	}
	var calls []enrich.ModelCall
	for {
		if wait := c.waiting(); wait > maxWait {
			return nil, calls, enrich.Errorf(CodeUnavailable, "The model's provider asked to wait.")
		} else if err := sleep(ctx, wait); err != nil {
			return nil, calls, err
		}
		content, made, err := c.once(ctx, call, body, asked)
		if made.Status != "" {
			calls = append(calls, made)
		}
		if made.Status != enrich.ModelLimited || len(calls) > 1 {
			return content, calls, err
		}
	}
}

// once makes one call between its two entries in the ledger.
func (c *Client) once(ctx context.Context, call enrich.ModelCall, body []byte, asked form) ([]byte, enrich.ModelCall, error) {
	// A token is a byte at the least.
	call.CostMicros = c.cost(int64(len(body)), maxTokens)
	id, err := c.o.Ledger.BeginModelCall(ctx, call, c.o.Budget)
	if err != nil {
		return nil, enrich.ModelCall{}, err
	}
	content, err := c.send(ctx, &call, body)
	if err == nil {
		if wrong := asked.check(content); wrong != nil {
			call.Status, call.Detail = enrich.ModelInvalid, bounded(wrong.Error())
		}
	}
	// The entry is closed even where the task was stopped meanwhile.
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if closed := c.o.Ledger.EndModelCall(closing, id, call); closed != nil {
		return nil, call, closed
	}
	return content, call, err
}

// send makes the request and writes into call how it went.
func (c *Client) send(ctx context.Context, call *enrich.ModelCall, body []byte) ([]byte, error) {
	header := http.Header{"Content-Type": {"application/json"}}
	if c.o.Key != "" {
		header.Set("Authorization", "Bearer "+c.o.Key)
	}
	res, err := c.client.Do(ctx, fetch.Request{Method: http.MethodPost, URL: c.url, Header: header, Body: body, Timeout: 2 * time.Minute, MaxBytes: maxAnswer})
	unavailable := enrich.Errorf(CodeUnavailable, "The model did not answer.")
	switch {
	case err != nil:
		// Whether the provider charges for it is not known: the most is kept.
		call.Status, call.Detail = enrich.ModelFailed, bounded(err.Error())
		return nil, errors.Join(unavailable, err)
	case res.Status == http.StatusTooManyRequests || res.Status == http.StatusServiceUnavailable:
		call.Status, call.CostMicros, call.Detail = enrich.ModelLimited, 0, fmt.Sprintf("status %d", res.Status)
		c.pause(retryAfter(res.Header.Get("Retry-After")))
		return nil, unavailable
	case res.Status/100 != 2:
		call.Status, call.CostMicros, call.Detail = enrich.ModelFailed, 0, fmt.Sprintf("status %d", res.Status)
		return nil, unavailable
	}
	var said completion
	if err := json.Unmarshal(res.Body, &said); err != nil || len(said.Choices) == 0 {
		call.Status, call.Detail = enrich.ModelFailed, "no completion in the answer"
		return nil, unavailable
	}
	call.Status, call.In, call.Out = enrich.ModelOK, max(0, said.Usage.In), max(0, said.Usage.Out)
	if call.In+call.Out > 0 {
		call.CostMicros = c.cost(call.In, call.Out)
	}
	return []byte(said.Choices[0].Message.Content), nil
}

func (c *Client) cost(in, out int64) int64 {
	const million = 1_000_000
	return (in*c.o.InPrice + out*c.o.OutPrice + million - 1) / million
}

// retryAfter reads the seconds that a provider asks for; a date or nothing is a
// minute, as no clock but ours is known.
func retryAfter(s string) time.Duration {
	seconds, err := strconv.Atoi(s)
	if err != nil || seconds < 0 {
		return time.Minute
	}
	return min(time.Duration(seconds)*time.Second, 24*time.Hour)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// bounded keeps what is written down short, and free of what a database refuses.
func bounded(s string) string {
	runes := []rune(readable(s))
	return string(runes[:min(len(runes), 500)])
}
