// Package job does work later or by the clock, on a queue in the database (riverqueue/river): over any number of
// servers a piece of work is done by one of them. Jobs are put into the queue by the clock and by consumers of the
// journal, never inside a request's transaction.
package job

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"entgo.io/ent/dialect"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Work is something that is done later.
type Work struct {
	// Name is unique among all work.
	Name string
	// Every is how often it is done; 0 is only when somebody enqueues it.
	Every time.Duration
	// Due is asked before each time, by one of the servers, and again by the one that does it; nil is always due. It
	// only reads, and quickly.
	Due func(ctx context.Context) (bool, error)
	// Do does it. The context has the database and the clock, but no viewer: it becomes a named actor itself. It may be
	// done again after a crash, so it must find out what is left to do.
	Do func(ctx context.Context, args json.RawMessage) error
}

// How long a piece of work may take, and when a server that died is noticed.
const (
	timeout   = time.Minute
	abandoned = 75 * time.Second
	kept      = time.Hour // finished jobs
)

// live are the states in which a job still has its turn, or is having it.
var live = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// task is a job in the queue.
type task struct {
	Name string          `json:"name"`
	Args json.RawMessage `json:"args,omitempty"`
}

// Kind is the queue's word for it.
func (task) Kind() string { return "work" }

// Runner does the work of one server.
type Runner struct {
	db     *db.DB
	clock  clock.Clock
	log    *slog.Logger
	works  map[string]Work
	client *river.Client[*sql.Tx]
	base   context.Context // what the clock's questions are asked with; ends with Stop
	cancel context.CancelFunc
}

// New makes a runner for a database whose queue is up to date (Migrate).
func New(ctx context.Context, d *db.DB, c clock.Clock, log *slog.Logger, works ...Work) (*Runner, error) {
	r := &Runner{db: d, clock: c, log: log, works: map[string]Work{}}
	r.base, r.cancel = context.WithCancel(r.in(context.WithoutCancel(ctx)))
	var periodic []*river.PeriodicJob
	for _, w := range works {
		if _, twice := r.works[w.Name]; twice || w.Name == "" || w.Do == nil {
			return nil, fmt.Errorf("job: work %q is there twice, or is none", w.Name)
		}
		r.works[w.Name] = w
		if w.Every > 0 {
			periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(w.Every), r.ask(w), &river.PeriodicJobOpts{RunOnStart: true}))
		}
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(r.work))
	var err error
	r.client, err = river.NewClient(driver(d), &river.Config{
		PollOnly:                    true,
		Workers:                     workers,
		PeriodicJobs:                periodic,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 4}},
		JobTimeout:                  timeout,
		RescueStuckJobsAfter:        abandoned,
		CompletedJobRetentionPeriod: kept,
		Logger:                      slog.New(quiet{log.Handler()}),
	})
	return r, err
}

// driver is river's for the kind of database, on the connections of the installation itself.
func driver(d *db.DB) riverdriver.Driver[*sql.Tx] {
	if d.Kind == dialect.Postgres {
		return riverdatabasesql.New(d.Writer())
	}
	return riversqlite.New(d.Writer())
}

// Migrate brings the queue's tables up to date. It holds a lock, so that servers which start together do not do it
// twice.
func Migrate(ctx context.Context, d *db.DB) (err error) {
	if d.Kind == dialect.Postgres {
		conn, err := d.Writer().Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close() //nolint:errcheck // back to the pool
		if _, err := conn.ExecContext(ctx, `select pg_advisory_lock(4207002)`); err != nil {
			return err
		}
		defer func() {
			_, unlock := conn.ExecContext(context.WithoutCancel(ctx), `select pg_advisory_unlock(4207002)`)
			err = errors.Join(err, unlock)
		}()
	}
	m, err := rivermigrate.New(driver(d), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("job: the queue's tables: %w", err)
	}
	return nil
}

func (r *Runner) in(ctx context.Context) context.Context { return clock.With(r.db.In(ctx), r.clock) }

// ask makes the clock's question for a piece of work. The queue drops it while the same work waits or is being done, by
// whichever server; after the death of one in the middle of it, that ends when the job is found abandoned.
func (r *Runner) ask(w Work) river.PeriodicJobConstructor {
	return func() (river.JobArgs, *river.InsertOpts) {
		ctx, cancel := context.WithTimeout(r.base, 10*time.Second)
		defer cancel()
		due, err := w.due(ctx)
		if err != nil && r.base.Err() == nil {
			r.log.WarnContext(ctx, "cannot tell whether work is due", slog.String("work", w.Name), slog.Any("error", err))
		}
		if !due || err != nil {
			return nil, nil
		}
		return task{Name: w.Name}, &river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: live}}
	}
}

func (w Work) due(ctx context.Context) (bool, error) {
	if w.Due == nil {
		return true, nil
	}
	return w.Due(ctx)
}

func (r *Runner) work(ctx context.Context, j *river.Job[task]) error {
	w, ok := r.works[j.Args.Name]
	if !ok {
		return fmt.Errorf("job: nobody here knows the work %q", j.Args.Name)
	}
	ctx = r.in(ctx)
	if j.Args.Args == nil { // the clock's: it may have been done since it was asked
		if due, err := w.due(ctx); err != nil || !due {
			return err
		}
	}
	return w.Do(ctx, j.Args.Args)
}

// Enqueue asks for a piece of work soon; it is tried again when it fails. The same arguments within an hour count once:
// a consumer of the journal that repeats itself after a crash puts the line that it acts on among them. Only consumers
// of the journal and the clock may, not requests.
func (r *Runner) Enqueue(ctx context.Context, name string, args any) error {
	if _, ok := r.works[name]; !ok {
		return fmt.Errorf("job: there is no work %q", name)
	}
	text, err := json.Marshal(args)
	if err != nil {
		return err
	}
	_, err = r.client.Insert(ctx, task{Name: name, Args: text}, &river.InsertOpts{MaxAttempts: 10, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: kept}})
	return err
}

// Run works until ctx ends, and then up to the given time longer to finish what is being done.
func (r *Runner) Run(ctx context.Context, grace time.Duration) error {
	if err := r.Start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return r.Stop(last)
}

// Start begins to work, until Stop.
func (r *Runner) Start(ctx context.Context) error {
	return r.client.Start(context.WithoutCancel(ctx))
}

// Stop takes no new work and waits for what is being done; when ctx ends first, that is cancelled and done again later.
func (r *Runner) Stop(ctx context.Context) error {
	r.cancel()
	err := r.client.Stop(ctx)
	if err == nil || ctx.Err() == nil {
		return err
	}
	hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return r.client.StopAndCancel(hard)
}

// quiet passes on what is surprising only.
type quiet struct{ slog.Handler }

// Enabled begins at warnings.
func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

// Handle leaves out that the queue was interrupted when it was told to stop.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	stopped := false
	r.Attrs(func(a slog.Attr) bool {
		err, _ := a.Value.Any().(error)
		stopped = errors.Is(err, context.Canceled) || a.Value.String() == context.Canceled.Error()
		return !stopped
	})
	if stopped {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// WithAttrs keeps quiet.
func (q quiet) WithAttrs(a []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(a)} }

// WithGroup keeps quiet.
func (q quiet) WithGroup(n string) slog.Handler { return quiet{q.Handler.WithGroup(n)} }
