package main

import (
	"context"
	"database/sql"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqliteStore has one writer and many readers.
type sqliteStore struct{ reader, writer *sql.DB }

const sqliteSchema = `create table ticket(id integer primary key, tenant_id int not null, number text not null, title text not null, description text not null,
status text not null, priority int not null, impact int not null, urgency int not null, category text not null, requester text not null, assignee text not null,
team text not null, asset_id int not null, version int not null, created_at datetime not null, updated_at datetime not null);
create index t1 on ticket(tenant_id, id); create index t2 on ticket(tenant_id, status, priority, id);
create table audit(id integer primary key, tenant_id int, ticket_id int, actor text, action text, at datetime default current_timestamp, detail text);
create table outbox(id integer primary key, tenant_id int, topic text, payload text, at datetime default current_timestamp);`

func openSQLite(file string) (store, error) {
	name := "file:" + file + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=cache_size(-32000)&_time_format=sqlite"
	writer, err := sql.Open("sqlite", name+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, err
	}
	reader.SetMaxOpenConns(8)
	reader.SetMaxIdleConns(8)
	return sqliteStore{reader, writer}, nil
}

func (s sqliteStore) seed(ctx context.Context, n int) error {
	if _, err := s.writer.ExecContext(ctx, sqliteSchema); err != nil {
		return err
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for i := range int64(n) {
		if _, err := tx.ExecContext(ctx, insert, sample(i+1).values()...); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "analyze"); err != nil {
		return err
	}
	return tx.Commit()
}

func (s sqliteStore) get(ctx context.Context, tenant, id int64) (t ticket, err error) {
	err = s.reader.QueryRowContext(ctx, "select "+columns+" from ticket where tenant_id=$1 and id=$2", tenant, id).Scan(t.targets()...)
	return t, err
}

func (s sqliteStore) list(ctx context.Context, tenant int64, c choice) (p page, err error) {
	args := append([]any{tenant}, c.args...)
	rows, err := s.reader.QueryContext(ctx, "select "+columns+" from ticket where tenant_id=$1"+c.where+c.tail, args...)
	if err != nil {
		return p, err
	}
	defer func() { _ = rows.Close() }()
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
	return p, s.reader.QueryRowContext(ctx, "select count(*) from ticket where tenant_id=$1"+c.where, args...).Scan(&p.Total)
}

func (s sqliteStore) create(ctx context.Context, t *ticket) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	made, err := tx.ExecContext(ctx, insert, t.values()...)
	if err != nil {
		return err
	}
	if t.ID, err = made.LastInsertId(); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "insert into audit(tenant_id,ticket_id,actor,action,detail) values($1,$2,$3,'create',$4)", t.Tenant, t.ID, t.Requester, `{"status":"new"}`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "insert into outbox(tenant_id,topic,payload) values($1,'ticket.created',$2)", t.Tenant, `{"number":"`+t.Number+`"}`); err != nil {
		return err
	}
	return tx.Commit()
}
