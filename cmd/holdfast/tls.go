package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// loadCertificate makes the TLS settings from two files, or none where none are
// named. A renewed certificate is taken up within a minute, without a restart.
func loadCertificate(cert, key string, log *slog.Logger) (*tls.Config, error) {
	if cert == "" {
		return nil, nil
	}
	k := &keptCertificate{cert: cert, key: key, log: log}
	if err := k.load(); err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: suites, GetCertificate: k.get}, nil
}

// suites are those of TLS 1.2: with forward secrecy, and AEAD only. Those of TLS 1.3 all are, and cannot be chosen.
var suites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

type keptCertificate struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	written time.Time // when the certificate's file was written last
	looked  time.Time
}

func (k *keptCertificate) load() error {
	info, err := os.Stat(k.cert)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(k.cert, k.key)
	if err != nil {
		return err
	}
	k.loaded, k.written = &pair, info.ModTime()
	return nil
}

// get gives the certificate and looks at most once a minute for a newer one. A
// pair that does not load, because it is half written, leaves the old one.
func (k *keptCertificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := time.Now(); now.Sub(k.looked) > time.Minute {
		k.looked = now
		if info, err := os.Stat(k.cert); err == nil && !info.ModTime().Equal(k.written) {
			ctx := hello.Context()
			if err := k.load(); err != nil {
				k.log.LogAttrs(ctx, slog.LevelError, "the new certificate does not load", slog.Any("error", err))
			} else {
				k.log.LogAttrs(ctx, slog.LevelInfo, "certificate renewed")
			}
		}
	}
	return k.loaded, nil
}
