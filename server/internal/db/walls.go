package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/holdfast-platform/holdfast/gen/ent"
)

// role is what the app's connections become: it owns nothing and cannot go round row-level security.
const role = "holdfast_app"

// pgconnParseError is what an unreadable URL gives; its text may hold the password.
type pgconnParseError = pgconn.ParseConfigError

// noRole is what Walls says where the app's role can't be had.
const noRole = "row-level security is forced on the tables' owner, because no role of its own could be made"

// enter makes a fresh connection of the app's pool the app's role.
func (d *DB) enter(ctx context.Context, c *pgx.Conn) error {
	register(c.TypeMap())
	if d.Walls == noRole {
		return nil
	}
	_, err := c.Exec(ctx, "set role "+role)
	return err
}

// policies says, per table, which rows a tenant sees. Every table with a tenant has the plain one; what is global is
// seen where a membership is; the rest is not seen at all.
func policies() map[string]string {
	const own = `tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid`
	const members = `exists (select 1 from memberships m where m.user_id = %s and m.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`
	out := map[string]string{}
	for _, t := range byHand {
		switch {
		case t.Tenant:
			out[t.Name] = own
		case t.Global:
			out[t.Name] = ""
		}
	}
	for _, k := range ent.Kinds {
		switch {
		case k.Tenant:
			out[k.Table] = own
		case k.Members != "":
			out[k.Table] = fmt.Sprintf(members, k.Table+"."+k.Members)
		case k.Name == "Tenant":
			out[k.Table] = strings.ReplaceAll(own, "tenant_id =", "id =")
		default:
			out[k.Table] = ""
		}
	}
	return out
}

// readOnly names the tables and views that the servers' role may only read.
func readOnly() string {
	names := []string{"found", "linked"}
	for _, t := range byHand {
		if t.ReadOnly {
			names = append(names, t.Name)
		}
	}
	return strings.Join(names, ", ")
}

// raiseWalls makes the app's role and the policies that are missing. Two servers that start at once may collide in the
// catalogue of roles, which belongs to the whole cluster: then it is tried again.
func (d *DB) raiseWalls(ctx context.Context) (err error) {
	for try := range 20 {
		if err = d.tryWalls(ctx); err == nil {
			return nil
		}
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || (pg.Code != "XX000" && pg.Code != "23505" && pg.Code != "42710" && pg.Code != "40P01" && pg.Code != "40001") {
			return err
		}
		time.Sleep(time.Duration(try+1) * 10 * time.Millisecond)
	}
	return err
}

func (d *DB) tryWalls(ctx context.Context) error {
	var exists, may, taken bool
	var user string
	if err := d.sysWriter.QueryRowContext(ctx, `select exists (select 1 from pg_roles where rolname = $1),
		(select rolsuper or rolcreaterole from pg_roles where rolname = current_user), current_user`, role).Scan(&exists, &may, &user); err != nil {
		return err
	}
	if !exists && may {
		if _, err := d.sysWriter.ExecContext(ctx, "create role "+role+" nologin nobypassrls"); err != nil {
			return err
		}
		exists = true
	}
	if exists {
		if err := d.sysWriter.QueryRowContext(ctx, `select pg_has_role(current_user, $1, 'member')`, role).Scan(&taken); err != nil {
			return err
		}
		if !taken && may {
			if _, err := d.sysWriter.ExecContext(ctx, "grant "+role+" to current_user"); err != nil {
				return err
			}
			taken = true
		}
	}
	d.Walls = "row-level security, by the role " + role
	if !taken {
		d.Walls = noRole
	}
	rows, err := d.sysWriter.QueryContext(ctx, `select relname from pg_class
		where relnamespace = 'public'::regnamespace and relkind = 'r' and relrowsecurity and relforcerowsecurity = $1`, !taken)
	if err != nil {
		return err
	}
	defer rows.Close()
	missing := policies()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return err
		}
		delete(missing, table)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var granted bool
	if taken {
		if err := d.sysWriter.QueryRowContext(ctx, `select has_table_privilege($1, 'assets', 'insert') and has_table_privilege($1, 'journal', 'insert')`, role).Scan(&granted); err != nil {
			return err
		}
	}
	if len(missing) == 0 && (granted || !taken) {
		return nil
	}
	tx, err := d.sysWriter.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
	var sql strings.Builder
	sql.WriteString("select pg_advisory_xact_lock(4207002);")
	if taken {
		fmt.Fprintf(&sql, `grant usage on schema public to %[1]s; grant select, insert, update, delete on all tables in schema public to %[1]s;
			alter default privileges in schema public grant select, insert, update, delete on tables to %[1]s; revoke update, delete on journal from %[1]s; revoke insert, update, delete on %[2]s from %[1]s;`, role, readOnly())
	}
	for table, policy := range missing {
		force := "no force"
		if !taken {
			force = "force"
		}
		fmt.Fprintf(&sql, "alter table %[1]s enable row level security; alter table %[1]s %[2]s row level security; drop policy if exists tenant on %[1]s;", table, force)
		if policy != "" {
			fmt.Fprintf(&sql, "create policy tenant on %s using (%s);", table, policy)
		}
		if !taken { // the owner's other connections range over tenants: they say so
			fmt.Fprintf(&sql, "drop policy if exists system on %[1]s; create policy system on %[1]s using (current_setting('app.tenant_id', true) is null);", table)
		}
	}
	if _, err := tx.ExecContext(ctx, sql.String(), pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	return tx.Commit()
}
