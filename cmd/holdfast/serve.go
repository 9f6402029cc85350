package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/holdfast-platform/holdfast/server"
)

func serveCommand() *cobra.Command {
	var demo bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: `Run the server until SIGINT or SIGTERM. It brings the database's schema up to
date first, and at the end waits up to ten seconds for the calls it is working on.

Without any setting it listens on 127.0.0.1:8080 and keeps everything in ./data.
OpenTelemetry's standard OTEL_* variables say where traces and metrics go.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := setUp(cmd)
			if err != nil {
				return err
			}
			if err := serve(cmd, c, log, demo); err != nil {
				log.LogAttrs(cmd.Context(), slog.LevelError, "the server ended", slog.Any("error", err))
				return errSilent
			}
			return nil
		},
	}
	flags(cmd.Flags())
	cmd.Flags().BoolVar(&demo, "demo", false, "fill an empty database with a believable tenant and print its logins")
	return cmd
}

// setUp reads and checks the settings and makes the log.
func setUp(cmd *cobra.Command) (*configuration, *slog.Logger, error) {
	s, warnings, err := read(cmd.Flags(), os.Environ())
	if err != nil {
		return nil, nil, err
	}
	c, err := configure(s)
	if err != nil {
		return nil, nil, err
	}
	log := c.logger(cmd.ErrOrStderr())
	for _, warning := range warnings {
		log.LogAttrs(cmd.Context(), slog.LevelWarn, "unknown variable", slog.String("detail", warning))
	}
	return c, log, nil
}

// server is the settings as the server takes them.
func (c *configuration) server(log *slog.Logger) server.Config {
	return server.Config{
		DatabaseURL: c.databaseURL, DataDir: c.dataDir, Files: c.get("files_url"), AttachmentLimit: c.attachment, ImportLimit: c.imported, ScannerURL: c.get("clamd_url"),
		PublicURL: c.publicURL, LegacySunset: c.legacySunset,
		LicenseMode: c.get("license_mode"), AuthPolicy: c.get("auth_policy"),
		OIDC: c.oidc, Microsoft: c.microsoft, Domains: c.domains, DefaultTenant: c.get("auth_default_tenant"),
		SecretKey: c.secretKey, InternalHMACSecret: c.get("internal_hmac_secret"), SMTPURL: c.smtpURL,
		TrustedProxies: c.trustedProxies, CORSOrigins: c.corsOrigins,
		RateLimitLogin: c.get("rate_limit_login"), RateLimitRegister: c.get("rate_limit_register"), RateLimitInvite: c.get("rate_limit_invite"),
		RateLimitAPI: c.get("rate_limit_api"), RateLimitTenant: c.get("rate_limit_tenant"),
		Version: version, Log: log, Web: webClient(strings.HasPrefix(c.publicURL, "https:")),
	}
}

func serve(cmd *cobra.Command, c *configuration, log *slog.Logger, demo bool) (err error) {
	ctx := cmd.Context()
	if err := os.MkdirAll(c.dataDir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	certificate, err := loadCertificate(c.get("tls_cert"), c.get("tls_key"), log)
	if err != nil {
		return err
	}
	telemetry, err := startTelemetry(ctx, c.get("metrics_addr") != "")
	if err != nil {
		return fmt.Errorf("telemetry: %w", err)
	}
	defer func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if failed := telemetry.stop(late); failed != nil {
			log.LogAttrs(late, slog.LevelWarn, "the last telemetry was not sent", slog.Any("error", failed))
		}
	}()
	listener, err := net.Listen("tcp", c.get("addr"))
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	if stop, err := serveMetrics(ctx, c.get("metrics_addr"), telemetry.metrics, log); err != nil {
		return err
	} else if stop != nil {
		defer stop()
	}
	settings := c.server(log)
	settings.Tracing, settings.Metrics = telemetry.traces, telemetry.measures
	if demo {
		settings.RateLimitRegister = "1000/hour" // whoever tries it out registers more than once
		if err := fillDemo(cmd, c, settings); err != nil {
			return err
		}
	}
	s, err := server.New(ctx, settings)
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // what the start took, demo data above all, would stay for minutes
	dropProgramPages()
	go keepSmall(ctx)
	log.LogAttrs(ctx, slog.LevelInfo, "ready", slog.String("addr", listener.Addr().String()), slog.String("url", c.publicURL),
		slog.String("database", c.kind()), slog.String("version", version))
	if err := s.Run(ctx, certificate, listener); err != nil {
		return err
	}
	log.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "stopped")
	return nil
}

// kind names the database for people.
func (c *configuration) kind() string {
	if c.sqlite() {
		return "SQLite"
	}
	return "PostgreSQL"
}

// serveMetrics answers /metrics on an address of its own.
func serveMetrics(ctx context.Context, addr string, metrics http.Handler, log *slog.Logger) (stop func(), err error) {
	if addr == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	web := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second}
	go func() {
		if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.LogAttrs(ctx, slog.LevelError, "metrics ended", slog.Any("error", err))
		}
	}()
	log.LogAttrs(ctx, slog.LevelInfo, "metrics", slog.String("url", "http://"+reachable(listener.Addr().String())+"/metrics"))
	return func() { _ = web.Close() }, nil
}
