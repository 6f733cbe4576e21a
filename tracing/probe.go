package tracing

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// probePatience is how long a collector may take to answer.
const probePatience = 3 * time.Second

// Endpoint is the address that traces are sent to, as the environment names it;
// empty where none are wanted.
func Endpoint(getenv func(string) string) string {
	switch {
	case !Wanted(getenv):
		return ""
	case getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "":
		return getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	}
	return strings.TrimSuffix(getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), "/") + "/v1/traces"
}

// Probe sends the collector an export without a single span. An error says what
// keeps it from being taken. Where no traces are wanted nothing is sent.
func Probe(ctx context.Context, getenv func(string) string) error {
	endpoint := Endpoint(getenv)
	if endpoint == "" {
		return nil
	}
	if err := protocol(getenv); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, probePatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(nil))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	for _, headers := range []string{getenv("OTEL_EXPORTER_OTLP_HEADERS"), getenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS")} {
		for pair := range strings.SplitSeq(headers, ",") {
			name, value, ok := strings.Cut(pair, "=")
			if plain, err := url.PathUnescape(value); ok && err == nil {
				request.Header.Set(strings.TrimSpace(name), strings.TrimSpace(plain))
			}
		}
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s answers %s", endpoint, answer.Status)
	}
	return nil
}
