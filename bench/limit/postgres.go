package main

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type postgresStore struct{ *pgxpool.Pool }

const postgresSchema = `create table ticket(id bigint generated always as identity primary key, tenant_id bigint not null, number text not null,
title text not null, description text not null, status text not null, priority int not null, impact int not null, urgency int not null,
category text not null, requester text not null, assignee text not null, team text not null, asset_id bigint not null, version bigint not null,
created_at timestamptz not null, updated_at timestamptz not null);
create index on ticket(tenant_id, id); create index on ticket(tenant_id, status, priority, id);
create table audit(id bigint generated always as identity primary key, tenant_id bigint, ticket_id bigint, actor text, action text, at timestamptz default now(), detail jsonb);
create table outbox(id bigint generated always as identity primary key, tenant_id bigint, topic text, payload jsonb, at timestamptz default now());`

func openPostgres(ctx context.Context, url string) (store, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	c.MaxConns = 8
	pool, err := pgxpool.NewWithConfig(ctx, c)
	return postgresStore{pool}, err
}

func (s postgresStore) seed(ctx context.Context, n int) error {
	if _, err := s.Exec(ctx, postgresSchema); err != nil {
		return err
	}
	i := int64(0)
	_, err := s.CopyFrom(ctx, pgx.Identifier{"ticket"}, strings.Split(columns, ",")[1:], pgx.CopyFromFunc(func() ([]any, error) {
		if i == int64(n) {
			return nil, nil
		}
		i++
		return sample(i).values(), nil
	}))
	if err == nil {
		_, err = s.Exec(ctx, "vacuum analyze ticket")
	}
	return err
}

func (s postgresStore) get(ctx context.Context, tenant, id int64) (t ticket, err error) {
	err = s.QueryRow(ctx, "select "+columns+" from ticket where tenant_id=$1 and id=$2", tenant, id).Scan(t.targets()...)
	return t, err
}

func (s postgresStore) list(ctx context.Context, tenant int64, c choice) (p page, err error) {
	args := append([]any{tenant}, c.args...)
	batch := &pgx.Batch{}
	batch.Queue("select "+columns+" from ticket where tenant_id=$1"+c.where+c.tail, args...)
	if c.total {
		batch.Queue("select count(*) from ticket where tenant_id=$1"+c.where, args...)
	}
	answers := s.SendBatch(ctx, batch)
	defer func() { err = errors.Join(err, answers.Close()) }()
	rows, err := answers.Query()
	if err != nil {
		return p, err
	}
	p.Items = make([]ticket, 0, 25)
	for rows.Next() {
		var t ticket
		if err := rows.Scan(t.targets()...); err != nil {
			return p, err
		}
		p.Items = append(p.Items, t)
	}
	if err := rows.Err(); err != nil || !c.total {
		return p, err
	}
	return p, answers.QueryRow().Scan(&p.Total)
}

// create sends the whole transaction in one round trip.
func (s postgresStore) create(ctx context.Context, t *ticket) error {
	batch := &pgx.Batch{}
	batch.Queue("begin")
	batch.Queue(insert+" returning id", t.values()...)
	batch.Queue("insert into audit(tenant_id,ticket_id,actor,action,detail) values($1,currval('ticket_id_seq'),$2,'create',$3)", t.Tenant, t.Requester, `{"status":"new"}`)
	batch.Queue("insert into outbox(tenant_id,topic,payload) values($1,'ticket.created',$2)", t.Tenant, `{"number":"`+t.Number+`"}`)
	batch.Queue("commit")
	answers := s.SendBatch(ctx, batch)
	_, err := answers.Exec()
	if err == nil {
		err = answers.QueryRow().Scan(&t.ID)
	}
	return errors.Join(err, answers.Close())
}
