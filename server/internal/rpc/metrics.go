package rpc

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// measure tells how long calls take, by method and outcome.
type measure struct {
	took metric.Float64Histogram
	away metric.Int64Counter
	sets sync.Map // method and code → its attributes, made once
}

func newMeasure(m metric.Meter) (*measure, error) {
	if m == nil {
		return nil, nil
	}
	took, err := m.Float64Histogram("holdfast.call.duration", metric.WithUnit("s"), metric.WithDescription("How long calls take, by method and outcome."),
		metric.WithExplicitBucketBoundaries(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10))
	if err != nil {
		return nil, err
	}
	away, err := m.Int64Counter("holdfast.call.refused", metric.WithUnit("{call}"), metric.WithDescription("Calls that were sent away because the server was busy."))
	return &measure{took: took, away: away}, err
}

// refuse counts calls that were sent away.
func (m *measure) refuse(ctx context.Context, n int64) {
	if m != nil {
		m.away.Add(ctx, n)
	}
}

type outcome struct{ method, code string }

func (m *measure) call(ctx context.Context, method, code string, took time.Duration) {
	if m == nil {
		return
	}
	o := outcome{method, code}
	set, ok := m.sets.Load(o)
	if !ok {
		set, _ = m.sets.LoadOrStore(o, metric.WithAttributeSet(attribute.NewSet(attribute.String("method", method), attribute.String("code", code))))
	}
	m.took.Record(ctx, took.Seconds(), set.(metric.MeasurementOption))
}
