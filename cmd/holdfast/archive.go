package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/holdfast-platform/holdfast/server/operate"
)

func backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write the database and the files into one archive, while the server runs",
		Long: `Write the database and the files into one archive, while servers run: all rows
are those of one moment. FILE must not exist yet; - is standard output.

The secret key is not in the archive. Keep it apart: without it, what is sealed
in the database (signing keys, second factors) does not open again.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, log, err := setUp(cmd)
			if err != nil {
				return err
			}
			show := newProgress(cmd.ErrOrStderr())
			var made *operate.Archive
			err = writeNew(cmd.OutOrStdout(), args[0], func(to io.Writer) (err error) {
				made, err = operate.Backup(cmd.Context(), to, c.server(log), show.show)
				return err
			})
			show.end()
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d rows in %d tables and %d files are in %s.\n%s\n", made.Rows(), len(made.Tables), len(made.Files), args[0], made.Missing)
			return nil
		},
	}
	flags(cmd.Flags())
	return cmd
}

// writeNew writes a file that only its owner reads, whole or not at all.
func writeNew(standard io.Writer, name string, write func(io.Writer) error) error {
	if name == "-" {
		return write(standard)
	}
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s exists already", name)
	}
	draft, err := os.CreateTemp(filepath.Dir(name), ".holdfast-backup-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft.Name()) }()
	err = write(draft)
	if err == nil {
		err = draft.Sync()
	}
	if err = errors.Join(err, draft.Close()); err != nil {
		return err
	}
	return os.Link(draft.Name(), name) // fails where somebody else was faster
}

func restoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Fill an empty database and data folder from an archive",
		Long: `Fill an empty database and data folder from an archive of "holdfast backup". It
may have been made on SQLite and be restored to PostgreSQL, and the other way.

Every hash is verified before anything is written. A target that is not empty, or
that a server has open, is refused. Put the old secret key in its place before
the first start (HOLDFAST_SECRET_KEY, or secret.key in the data folder).`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			c, log, err := setUp(cmd)
			if err != nil {
				return err
			}
			archive, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, archive.Close()) }()
			show := newProgress(cmd.ErrOrStderr())
			from, err := operate.Restore(cmd.Context(), archive, c.server(log), show.show)
			show.end()
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%d rows in %d tables and %d files are restored.\n%s\n", from.Rows(), len(from.Tables), len(from.Files), from.Missing)
			return nil
		},
	}
	flags(cmd.Flags())
	return cmd
}

func migrateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's schema up to date (serve does it too)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := setUp(cmd)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(c.dataDir, 0o700); err != nil {
				return fmt.Errorf("data folder: %w", err)
			}
			if err := operate.Migrate(cmd.Context(), c.server(log)); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "The %s database is up to date.\n", c.kind())
			return nil
		},
	}
	flags(cmd.Flags())
	return cmd
}
