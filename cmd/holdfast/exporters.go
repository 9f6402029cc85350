package main

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
)

// The exporters read the rest of the standard variables by themselves:
// endpoints, headers, certificates, time limits, compression, intervals.

// spanExporter sends traces as OTEL_TRACES_EXPORTER says.
func spanExporter(ctx context.Context) (trace.SpanExporter, error) {
	switch way, err := way("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"); way {
	case "otlp":
		return otlptracehttp.New(ctx)
	case "console":
		return stdouttrace.New()
	default:
		return nil, err
	}
}

// metricExporter sends metrics as OTEL_METRICS_EXPORTER says.
func metricExporter(ctx context.Context) (metric.Exporter, error) {
	switch way, err := way("OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"); way {
	case "otlp":
		return otlpmetrichttp.New(ctx)
	case "console":
		return stdoutmetric.New()
	default:
		return nil, err
	}
}

// way is the exporter. OTLP is spoken over HTTP, which is its standard protocol and which every collector takes (on
// port 4318); its other one, gRPC, would be another megabyte of program.
func way(exporter, protocol string) (string, error) {
	switch name := cmp.Or(os.Getenv(exporter), "otlp"); name {
	case "console":
		return name, nil
	case "otlp":
	case "prometheus":
		return "", fmt.Errorf("%s: for Prometheus, set HOLDFAST_METRICS_ADDR", exporter)
	default:
		return "", fmt.Errorf("%s: %q is none of otlp, console, none", exporter, name)
	}
	switch name := cmp.Or(os.Getenv(protocol), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf"); name {
	case "http/protobuf":
		return "otlp", nil
	default:
		return "", fmt.Errorf("%s: %q is not spoken here, http/protobuf is", protocol, name)
	}
}
