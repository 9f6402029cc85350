// Package mail sends messages by SMTP. Without an SMTP server each message becomes a file in a folder, for trying
// things out and for installations that have none.
package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/wneessen/go-mail"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

// Message is a text to one person.
type Message struct {
	To, Subject, Text string
}

// Mailer sends messages.
type Mailer struct {
	client *mail.Client // nil writes files
	from   string
	outbox string
	log    *slog.Logger
}

// sendTimeout bounds one delivery.
const sendTimeout = 20 * time.Second

// New takes where mail goes: smtp://user:password@host:port?from=holdfast@example.org with STARTTLS where the server
// has it, smtps:// with TLS from the start; empty writes files into outbox.
func New(smtp, outbox string, log *slog.Logger) (*Mailer, error) {
	m := &Mailer{from: "holdfast@localhost", outbox: outbox, log: log}
	if smtp == "" {
		return m, nil
	}
	u, err := url.Parse(smtp)
	if err != nil {
		return nil, errors.New("mail: the SMTP address is no URL") // its text would show the password
	}
	opts := []mail.Option{mail.WithTimeout(sendTimeout)}
	switch u.Scheme {
	case "smtp":
		opts = append(opts, mail.WithTLSPortPolicy(mail.TLSOpportunistic))
		if u.Query().Get("tls") == "required" {
			opts = append(opts, mail.WithTLSPortPolicy(mail.TLSMandatory))
		}
	case "smtps":
		opts = append(opts, mail.WithSSLPort(false))
	default:
		return nil, fmt.Errorf("mail: the SMTP address must begin with smtp:// or smtps://, not %q", u.Scheme)
	}
	if u.Hostname() == "" {
		return nil, errors.New("mail: the SMTP address names no host")
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil {
			return nil, errors.New("mail: the SMTP port is no number")
		}
		opts = append(opts, mail.WithPort(n))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	if m.client, err = mail.NewClient(u.Hostname(), opts...); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	m.from = "holdfast@" + u.Hostname()
	if from := u.Query().Get("from"); from != "" {
		m.from = from
	}
	return m, nil
}

// Send delivers a message, or writes it to the outbox. It takes as long as the server takes, up to 20 seconds: never
// call it inside a transaction.
func (m *Mailer) Send(ctx context.Context, in Message) error {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(m.from); err != nil {
		return fmt.Errorf("mail: sender: %w", err)
	}
	if err := msg.To(in.To); err != nil {
		return fmt.Errorf("mail: receiver: %w", err)
	}
	msg.Subject(in.Subject)
	msg.SetDateWithValue(clock.Now(ctx))
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	sender, err := msg.GetSender(false)
	if err != nil {
		return err
	}
	// the library's would name this machine
	msg.SetMessageIDWithValue(id.String() + sender[strings.LastIndexByte(sender, '@'):])
	msg.SetBodyString(mail.TypeTextPlain, in.Text)
	if m.client != nil {
		ctx, cancel := context.WithTimeout(ctx, sendTimeout)
		defer cancel()
		if err := m.client.DialAndSendWithContext(ctx, msg); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
		return nil
	}
	if err := os.MkdirAll(m.outbox, 0o700); err != nil {
		return err
	}
	file := filepath.Join(m.outbox, id.String()+".eml")
	if err := write(file, msg); err != nil {
		return err
	}
	m.log.InfoContext(ctx, "no SMTP server is set: the message was written to a file", slog.String("file", file))
	return nil
}

// write makes the file complete or not at all; it may hold a link that lets somebody in, so only the owner reads it.
func write(file string, msg *mail.Msg) error {
	aside := file + ".part"
	f, err := os.OpenFile(aside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = msg.WriteTo(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(aside))
	}
	return os.Rename(aside, file)
}
