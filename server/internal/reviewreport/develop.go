package reviewreport

import (
	"context"
	"errors"
	"sync"
)

// developed are the report's pictures in their order, made ready beside the setting of the text: a few at a time, so
// that the memory they take while they are unpacked stays small.
type developed struct {
	wait chan chan outcome
}

type outcome struct {
	picture *picture
	err     error
}

// ahead is how many pictures are made ready at once, and how many wait.
const ahead = 2

var errStopped = errors.New("report: stopped")

// develop begins to make the pictures ready; stop ends it.
func (s *sheet) develop(ctx context.Context) (*developed, func()) {
	ctx, cancel := context.WithCancel(ctx)
	d := &developed{wait: make(chan chan outcome, ahead-1)}
	var busy sync.WaitGroup
	busy.Go(func() {
		defer close(d.wait)
		for i := range s.in.Findings {
			for k := range s.in.Findings[i].Attachments {
				a := &s.in.Findings[i].Attachments[k]
				if !shown(a.ContentType) {
					continue
				}
				one := make(chan outcome, 1)
				select {
				case d.wait <- one:
				case <-ctx.Done():
					return
				}
				busy.Go(func() {
					p, err := a.read()
					one <- outcome{p, err}
				})
			}
		}
	})
	return d, func() { cancel(); busy.Wait() }
}

// next waits for the next picture.
func (d *developed) next() (*picture, error) {
	one, ok := <-d.wait
	if !ok {
		return nil, errStopped
	}
	o := <-one
	return o.picture, o.err
}

// read makes the picture of a file ready.
func (a *Attachment) read() (p *picture, err error) {
	if a.Open == nil {
		return nil, errUnreadable
	}
	r, err := a.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // it was read
	defer func() {
		if recover() != nil { // a decoder's fault with a hostile file is that file's
			p, err = nil, errUnreadable
		}
	}()
	return prepare(r)
}
