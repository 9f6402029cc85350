package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// telemetry is where traces and metrics go. Its zero value sends nothing.
type telemetry struct {
	metrics  http.Handler // nil unless asked for
	traces   bool         // spans go somewhere
	measures bool         // metrics do
	shutdown []func(context.Context) error
}

// startTelemetry sets OpenTelemetry's global providers as the standard OTEL_*
// variables say. Without them nothing is sent, and without a metrics listener
// nothing is measured.
func startTelemetry(ctx context.Context, listener bool) (*telemetry, error) {
	t := &telemetry{}
	about, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName("holdfast"), semconv.ServiceVersion(version)),
		resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, err
	}
	if wanted("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") {
		exporter, err := spanExporter(ctx)
		if err != nil {
			return nil, err
		}
		provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
		otel.SetTracerProvider(provider)
		otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
		t.traces = true
		t.shutdown = append(t.shutdown, provider.Shutdown)
	}
	options := []metric.Option{metric.WithResource(about)}
	if wanted("OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") {
		exporter, err := metricExporter(ctx)
		if err != nil {
			return nil, err
		}
		options = append(options, metric.WithReader(metric.NewPeriodicReader(exporter)))
	}
	if listener {
		registry := prometheus.NewRegistry()
		registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		reader, err := otelprom.New(otelprom.WithRegisterer(registry))
		if err != nil {
			return nil, err
		}
		options = append(options, metric.WithReader(reader))
		t.metrics = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	}
	if len(options) > 1 {
		provider := metric.NewMeterProvider(options...)
		otel.SetMeterProvider(provider)
		t.measures = true
		t.shutdown = append(t.shutdown, provider.Shutdown)
	}
	return t, nil
}

// wanted tells whether the operator has asked for an exporter: the library by
// itself would send to a collector on this machine.
func wanted(exporter, endpoint string) bool {
	return slices.ContainsFunc([]string{exporter, endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT"}, func(name string) bool {
		return os.Getenv(name) != "" && os.Getenv(name) != "none"
	}) && os.Getenv(exporter) != "none" && os.Getenv("OTEL_SDK_DISABLED") != "true"
}

// stop sends what is left.
func (t *telemetry) stop(ctx context.Context) error {
	var errs []error
	for _, shutdown := range t.shutdown {
		errs = append(errs, shutdown(ctx))
	}
	return errors.Join(errs...)
}
