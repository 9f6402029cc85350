package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/holdfast-platform/holdfast/bench/load"
)

// An operation is one line of the table.
type operation struct {
	name      string
	must, aim float64
	limit     load.Request
	ours      map[string]load.Request // by protocol
}

// A line is what was measured of an operation by one protocol.
type line struct {
	operation, protocol string
	must, aim           float64
	limit, ours         load.Result // of the median round
	ratio               float64
}

// A part is one database.
type part struct {
	kind              string
	lines             []line
	first, again      time.Duration // until ready
	idle, after       float64       // MiB
	idleOwn, afterOwn float64       // without pages of files
	growth            map[string]float64
	largest, smallest int
	overload          overload
}

const bearer = "Authorization: Bearer "

// small is the size of the tenant that growth is measured against.
const small = 1000

func measure(ctx context.Context, o options, folder, kind string) (*part, error) {
	name := "bench_" + kind
	ourEnv, _, err := database(ctx, kind, folder, name)
	if err != nil {
		return nil, err
	}
	_, limitArgs, err := database(ctx, kind, folder, name+"_limit")
	if err != nil {
		return nil, err
	}
	p := &part{kind: kind, largest: o.rows, smallest: small, growth: map[string]float64{}}
	env := append(ourEnv, "HOLDFAST_DATA_DIR="+filepath.Join(folder, name), "HOLDFAST_RATE_LIMIT_API=1000000/second", "HOLDFAST_RATE_LIMIT_LOGIN=1000/second", "HOLDFAST_METRICS_ADDR=127.0.0.1:0", "HOLDFAST_LOG_FORMAT=json")
	serve := func(more ...string) (*subject, error) {
		return start(ctx, filepath.Join(folder, "holdfast"), "/api/v1/health/ready", []string{"serve", "--addr"}, append(slices.Clone(env), more...))
	}
	ours, err := serve()
	if err != nil {
		return nil, err
	}
	p.first = ours.ready
	note("%s: ready after %s, importing %d assets", kind, ours.ready.Round(time.Millisecond), o.rows)
	littleToken, err := ours.enter(ctx, "little")
	if err == nil {
		err = ours.fill(ctx, small)
	}
	if err != nil {
		ours.stop()
		return nil, err
	}
	_, littleCursors, err := ours.sample(ctx, small)
	if err != nil {
		ours.stop()
		return nil, err
	}
	hugeToken, hugeCursors, err := p.huge(ctx, o, ours)
	if err != nil {
		ours.stop()
		return nil, err
	}
	token, err := ours.enter(ctx, "large")
	if err == nil {
		err = ours.fill(ctx, o.rows)
	}
	ours.stop()
	if err != nil {
		return nil, err
	}
	if err := settle(ctx, kind, ourEnv); err != nil {
		return nil, err
	}
	if ours, err = serve(); err != nil {
		return nil, err
	}
	defer ours.stop()
	p.again, ours.token = ours.ready, token
	time.Sleep(10 * time.Second) // it has work of its own behind a start, and is idle after that
	p.idle, p.idleOwn = load.Memory(ours.cmd.Process.Pid)
	limit, err := start(ctx, filepath.Join(folder, "limit"), "/hello", append(limitArgs, "-seed", fmt.Sprint(o.rows), "-addr"), nil)
	if err != nil {
		return nil, err
	}
	defer limit.stop()
	limited, err := serve("HOLDFAST_RATE_LIMIT_API=1/hour", "HOLDFAST_METRICS_ADDR=")
	if err != nil {
		return nil, err
	}
	defer limited.stop()
	ids, cursors, err := ours.sample(ctx, o.rows)
	if err != nil {
		return nil, err
	}
	if o.overload {
		p.overload, err = flood(o, kind, ours, ids)
		return p, err
	}
	for _, op := range operations(o, ours, limit, limited, token, ids, cursors) {
		if !o.only.MatchString(op.name) {
			continue
		}
		for _, protocol := range slices.Sorted(maps.Keys(op.ours)) {
			subject := ours
			if op.ours[protocol].Addr == limited.addr {
				subject = limited
			}
			l, err := turns(o, op, protocol, limit.processes(kind), subject.processes(kind))
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", op.name, protocol, err)
			}
			note("%-9s %-40s %-15s %6.0f µs / %6.0f µs = %.2f", kind, op.name, protocol, l.ours.CPU.Seconds()*1e6, l.limit.CPU.Seconds()*1e6, l.ratio)
			p.lines = append(p.lines, *l)
		}
	}
	if o.part {
		return p, nil
	}
	grown, grownCursors := token, cursors
	if o.growth > 0 {
		grown, grownCursors = hugeToken, hugeCursors
	}
	if err := p.grow(o, ours, grown, littleToken, grownCursors, littleCursors); err != nil {
		return nil, err
	}
	if err := press(o, ours, ids); err != nil {
		return nil, err
	}
	p.after, p.afterOwn = load.Memory(ours.cmd.Process.Pid)
	if p.overload, err = flood(o, kind, ours, ids); err != nil {
		return nil, err
	}
	return p, nil
}

func note(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// settle does for PostgreSQL at once what autovacuum does in the first minutes.
func settle(ctx context.Context, kind string, env []string) error {
	if kind != "postgres" {
		return nil
	}
	conn, err := pgx.Connect(ctx, strings.TrimPrefix(env[0], "HOLDFAST_DATABASE_URL="))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// turns runs the yardstick and the server one after the other, and takes the
// round with the median ratio.
func turns(o options, op operation, protocol string, limitIDs, ourIDs []int) (*line, error) {
	var rounds []line
	for range o.rounds {
		limit, err := load.Run(op.limit, load.Options{Connections: o.connections, Warm: o.during / 4, During: o.during, Processes: limitIDs})
		if err != nil {
			return nil, err
		}
		ours, err := load.Run(op.ours[protocol], load.Options{Connections: o.connections, Warm: o.during / 4, During: o.during, Processes: ourIDs})
		if err != nil {
			return nil, err
		}
		for _, r := range []*load.Result{limit, ours} {
			for status, n := range r.Wrong {
				return nil, fmt.Errorf("%d answers had the status %d", n, status)
			}
		}
		rounds = append(rounds, line{op.name, protocol, op.must, op.aim, *limit, *ours, ours.CPU.Seconds() / limit.CPU.Seconds()})
	}
	slices.SortFunc(rounds, func(a, b line) int { return int((a.ratio - b.ratio) * 1e6) })
	return &rounds[len(rounds)/2], nil
}

// operations is the table.
func operations(o options, ours, limit, limited *subject, token string, ids, cursors []string) []operation {
	yardstick := func(path string) load.Request {
		return load.Request{Method: "GET", Addr: limit.addr, Path: path, Header: []string{bearer + "secret-token"}, Expect: 200}
	}
	rest := func(path string, picks []string) load.Request {
		return load.Request{Method: "GET", Addr: ours.addr, Path: path, Header: []string{bearer + token}, Picks: picks, Expect: 200}
	}
	connect := func(method, kind, body string, picks []string) load.Request {
		return load.Request{
			Method: "POST", Addr: ours.addr, Path: "/holdfast.assets.v1.AssetService/" + method, Body: body, Picks: picks, Expect: 200,
			Header: []string{bearer + token, "Content-Type: application/" + kind, "Connect-Protocol-Version: 1"},
		}
	}
	escaped := make([]string, len(cursors))
	for i, c := range cursors {
		escaped[i] = url.QueryEscape(c)
	}
	create := yardstick("/t3")
	create.Method, create.Expect = "POST", 201
	create.Header = append(create.Header, "Content-Type: application/json")
	create.Body = `{"number":"INC{seq}","title":"The printer on floor {rand:1-40} does not work","description":"The user reports a fault.","status":"new","priority":2,"impact":2,"urgency":2,"category":"hardware","requester":"user@example.org","assignee":"agent@example.org","team":"team1","asset_id":12}`
	asset := `{"name":"The printer on floor {rand:1-40} number {seq}","asset_type":"server","criticality":"low","environment":"production","producer":"Dell","model":"Model 7","os":"Debian 12","description":"Bought for the floor."}`
	restCreate := rest("/api/v1/assets", nil)
	restCreate.Method, restCreate.Body, restCreate.Expect = "POST", asset, 201
	restCreate.Header = append(restCreate.Header, "Content-Type: application/json")
	hello := yardstick("/hello")
	hello.Header = nil
	nobody := rest("/api/v1/assets", nil)
	nobody.Header, nobody.Expect = nil, 401
	absent := rest("/api/v1/assets/0190aaaa-0000-7000-8000-000000000001", nil)
	absent.Expect = 404
	nowhere := rest("/api/v1/nowhere", nil)
	nowhere.Expect = 404
	tooMany := rest("/api/v1/assets", nil)
	tooMany.Addr, tooMany.Expect = limited.addr, 429
	first := cursors[len(cursors)/2]
	filtered := "asset_type=server&criticality=medium&q=laptop"
	return []operation{
		{"get by id, Connect binary", 2, 1.3, yardstick(fmt.Sprintf("/t/{rand:1-%d}", o.rows)), map[string]load.Request{"Connect binary": connect("GetAsset", "proto", "\n${pick}", ids)}},
		{"get by id, Connect JSON", 2.5, 1.6, yardstick(fmt.Sprintf("/t/{rand:1-%d}", o.rows)), map[string]load.Request{"Connect JSON": connect("GetAsset", "json", `{"id":"{pick}"}`, ids)}},
		{"get by id, REST", 3.5, 2, yardstick(fmt.Sprintf("/t/{rand:1-%d}", o.rows)), map[string]load.Request{"REST": rest("/api/v1/assets/{pick}", ids)}},
		{"list 25, first page, with total", 0.2, 0.1, yardstick("/t?offset=0"), map[string]load.Request{
			"Connect binary": connect("ListAssets", "proto", "", nil), "REST": rest("/api/v1/assets", nil),
		}},
		{"list 25 by cursor, no total", 3, 2, yardstick(fmt.Sprintf("/k?after={rand:26-%d}", o.rows)), map[string]load.Request{
			"Connect binary": connect("ListAssets", "proto", "*"+varint(len(first))+first, nil), "REST": rest("/api/v1/assets?cursor={pick}", escaped),
		}},
		{"filtered list, two equalities + one word", 0.6, 0.3, yardstick("/s?status=open&priority=2&q=laptop"), map[string]load.Request{
			"Connect JSON": connect("ListAssets", "json", `{"asset_type":["server"],"criticality":["medium"],"q":"laptop"}`, nil), "REST": rest("/api/v1/assets?"+filtered, nil),
		}},
		{"create, with its journal line, all consumers at work", 2.5, 1.6, create, map[string]load.Request{
			"Connect JSON": connect("CreateAsset", "json", `{"asset":`+asset+`}`, nil), "REST": restCreate,
		}},
		{"401", 2, 0, hello, map[string]load.Request{"REST": nobody}},
		{"404, no such path", 2, 0, hello, map[string]load.Request{"REST": nowhere}},
		{"404, no such record", 3.5, 2, yardstick(fmt.Sprintf("/t/{rand:1-%d}", o.rows)), map[string]load.Request{"REST": absent}},
		{"429", 2, 0, hello, map[string]load.Request{"REST": tooMany}},
	}
}

// varint writes a length as protobuf does.
func varint(n int) string {
	var b []byte
	for n >= 0x80 {
		b, n = append(b, byte(n)|0x80), n>>7
	}
	return string(append(b, byte(n)))
}

// grow compares pages of the large tenant with those of the little one.
func (p *part) grow(o options, s *subject, token, littleToken string, cursors, littleCursors []string) error {
	middle := func(of []string) string { return url.QueryEscape(of[len(of)/2]) }
	for name, paths := range map[string][2]string{
		"first page with total": {"/api/v1/assets", "/api/v1/assets"},
		"page by cursor":        {"/api/v1/assets?cursor=" + middle(cursors), "/api/v1/assets?cursor=" + middle(littleCursors)},
		"sorted by name":        {"/api/v1/assets?order_by=name", "/api/v1/assets?order_by=name"},
		"one kind, no total":    {"/api/v1/assets?asset_type=plc&total=none", "/api/v1/assets?asset_type=plc&total=none"},
	} {
		var ratios []float64
		for range o.rounds {
			var cost [2]float64
			for i, t := range []string{token, littleToken} {
				r, err := load.Run(load.Request{Method: "GET", Addr: s.addr, Path: paths[i], Header: []string{bearer + t}, Expect: 200},
					load.Options{Connections: o.connections, Warm: o.during / 4, During: o.during, Processes: s.processes(p.kind)})
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				cost[i] = r.CPU.Seconds()
			}
			ratios = append(ratios, cost[0]/cost[1])
		}
		slices.Sort(ratios)
		p.growth[name] = ratios[len(ratios)/2]
		note("%-9s growth %-30s %.2f", p.kind, name, p.growth[name])
	}
	return nil
}

// press loads the server with 64 connections, for its memory.
func press(o options, s *subject, ids []string) error {
	for _, path := range []string{"/api/v1/assets/{pick}", "/api/v1/assets"} {
		if _, err := load.Run(load.Request{Method: "GET", Addr: s.addr, Path: path, Header: []string{bearer + s.token}, Picks: ids, Expect: 200},
			load.Options{Connections: 64, Warm: o.during / 4, During: o.during}); err != nil {
			return err
		}
	}
	return nil
}
