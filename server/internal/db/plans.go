package db

import (
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite plans a statement anew whenever a parameter changes that its plan may depend on. That is for data it has
// statistics of; here it would parse the full text index's own statements again for each word. Every connection is told
// to keep its plans (SQLite's query planner stability guarantee), for which the driver has no option: SQLite itself
// calls keepPlans for each connection it opens.
func init() {
	tls := libc.NewTLS()
	defer tls.Close()
	f := any(keepPlans)
	if rc := sqlite3.Xsqlite3_auto_extension(tls, (*[2]uintptr)(unsafe.Pointer(&f))[1]); rc != sqlite3.SQLITE_OK { //nolint:gosec // how the translated library takes functions
		panic("SQLite takes no extension")
	}
}

func keepPlans(tls *libc.TLS, db, _, _ uintptr) int32 {
	const slot = 8 // of an argument
	arguments := libc.Xmalloc(tls, 2*slot)
	defer libc.Xfree(tls, arguments)
	return sqlite3.Xsqlite3_db_config(tls, db, sqlite3.SQLITE_DBCONFIG_ENABLE_QPSG, libc.VaList(arguments, int32(1), uintptr(0)))
}
