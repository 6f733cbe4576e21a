package dispatch

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enrichd/enrichd/enrich"
)

// Metrics counts what an engine does. Register it where it is scraped.
type Metrics struct {
	attempts *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	rescued  prometheus.Counter
	fenced   prometheus.Counter
}

// NewMetrics makes the counters of one engine.
func NewMetrics() *Metrics {
	return &Metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "enrichd_attempts_total",
			Help: "Attempts that ended, by type and outcome.",
		}, []string{"enrichment_type", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "enrichd_attempt_seconds",
			Help:    "How long attempts ran, by type.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 10, 30, 60, 300, 600},
		}, []string{"enrichment_type"}),
		rescued: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "enrichd_rescued_tasks_total",
			Help: "Tasks of dead workers that were given back.",
		}),
		fenced: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "enrichd_fenced_settlements_total",
			Help: "Settlements that changed nothing because their claim was lost.",
		}),
	}
}

// Collectors lists what to register.
func (m *Metrics) Collectors() []prometheus.Collector {
	return []prometheus.Collector{m.attempts, m.seconds, m.rescued, m.fenced}
}

func (m *Metrics) observe(t enrich.Type, o enrich.Outcome, took time.Duration) {
	m.attempts.WithLabelValues(string(t), string(o)).Inc()
	m.seconds.WithLabelValues(string(t)).Observe(took.Seconds())
}
