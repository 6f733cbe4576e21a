package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enrichd/enrichd/postgres"
)

// backlog reports the waiting work at each scrape.
type backlog struct{ db *postgres.DB }

var (
	dueDesc = prometheus.NewDesc("enrichd_due_tasks", "Tasks that are due and wait for a worker, with PostgreSQL or with Cloud Tasks, by type.", []string{"enrichment_type"}, nil)
	ageDesc = prometheus.NewDesc("enrichd_oldest_due_seconds", "How long the oldest due task has waited, by type.", []string{"enrichment_type"}, nil)
	outDesc = prometheus.NewDesc("enrichd_handed_over_tasks", "Tasks that are due and were handed to Cloud Tasks, which is to push them, by type.", []string{"enrichment_type"}, nil)
	upDesc  = prometheus.NewDesc("enrichd_database_up", "1 if the database answered this scrape.", nil, nil)
)

// Describe names the figures.
func (b backlog) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{dueDesc, ageDesc, outDesc, upDesc} {
		out <- d
	}
}

// Collect reads them; a database that is away shows as enrichd_database_up 0.
func (b backlog) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	queues, err := b.db.Backlog(ctx)
	up := 1.0
	if err != nil {
		up = 0
	}
	out <- prometheus.MustNewConstMetric(upDesc, prometheus.GaugeValue, up)
	for name, q := range queues {
		out <- prometheus.MustNewConstMetric(dueDesc, prometheus.GaugeValue, float64(q.Due), name)
		out <- prometheus.MustNewConstMetric(outDesc, prometheus.GaugeValue, float64(q.HandedOver), name)
		out <- prometheus.MustNewConstMetric(ageDesc, prometheus.GaugeValue, q.OldestAge.Seconds(), name)
	}
}
