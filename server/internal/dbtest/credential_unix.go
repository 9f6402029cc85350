//go:build unix

package dbtest

import (
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// A credential is the user that the server runs as: PostgreSQL refuses root.
type credential struct {
	uid, gid uint32
	drop     bool
}

// unprivileged is the present user, or for root one that owns nothing else.
func unprivileged() (credential, error) {
	if os.Geteuid() != 0 {
		return credential{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return credential{}, err
		}
		return credential{uid: uint32(uid), gid: uint32(gid), drop: true}, nil
	}
	return credential{uid: 65534, gid: 65534, drop: true}, nil
}

// run makes the command run as the user.
func (c credential) run(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt at the terminal is not for the server
	if c.drop {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: c.uid, Gid: c.gid}
	}
}

// own gives the files to the user.
func (c credential) own(files ...string) error {
	if !c.drop {
		return nil
	}
	for _, file := range files {
		if err := os.Chown(file, int(c.uid), int(c.gid)); err != nil {
			return err
		}
	}
	return nil
}

// temporary is a folder for temporary files that the user can reach.
func temporary(c credential) string {
	if c.drop {
		return "/tmp"
	}
	return os.TempDir()
}
