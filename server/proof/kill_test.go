// Package proof runs the real program and does to it what happens to programs: it is killed, its database goes away, it
// is replaced while people work.
package proof

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
)

var (
	built  sync.Once
	binary string
)

// program is the real one, built once for all tests.
func program(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		dir, err := os.MkdirTemp("", "holdfast-proof")
		must(t, err)
		binary = filepath.Join(dir, "holdfast")
		out, err := exec.Command("../../.ci/go", "build", "-o", binary, "../../cmd/holdfast").CombinedOutput()
		if err != nil {
			binary = ""
			t.Fatalf("build: %v\n%s", err, out)
		}
	})
	if binary == "" {
		t.Fatal("the program does not build")
	}
	return binary
}

// TestMain removes the program.
func TestMain(m *testing.M) {
	code := m.Run()
	if binary != "" {
		_ = os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// process is one running server.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	url string
	log *bytes.Buffer
}

var listening = regexp.MustCompile(`"addr":"(127\.0\.0\.1:[0-9]+)"`)

// start runs the program on a folder and a database and waits until it is ready.
func start(t *testing.T, dir, database, addr string, more ...string) *process {
	t.Helper()
	p := &process{t: t, log: &bytes.Buffer{}}
	p.cmd = exec.Command(program(t), "serve")
	p.cmd.Env = append(os.Environ(), "HOLDFAST_ADDR="+addr, "HOLDFAST_DATA_DIR="+dir, "HOLDFAST_DATABASE_URL="+database,
		"HOLDFAST_PUBLIC_URL=http://holdfast.test", "HOLDFAST_RATE_LIMIT_LOGIN=100000/minute", "HOLDFAST_RATE_LIMIT_API=1000000/minute")
	p.cmd.Env = append(p.cmd.Env, more...)
	out, err := p.cmd.StdoutPipe()
	must(t, err)
	p.cmd.Stderr = p.cmd.Stdout
	must(t, p.cmd.Start())
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			p.log.WriteString(lines.Text() + "\n")
			if at := listening.FindStringSubmatch(lines.Text()); at != nil {
				select {
				case found <- "http://" + at[1]:
				default:
				}
			}
		}
	}()
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() })
	if !strings.HasSuffix(addr, ":0") {
		p.url = "http://" + addr
	} else {
		select {
		case p.url = <-found:
		case <-time.After(30 * time.Second):
			t.Fatalf("no address in the log:\n%s", p.log)
		}
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(p.url + "/api/v1/health/ready")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == 200 {
				return p
			}
		}
		if time.Now().After(end) {
			t.Fatalf("not ready: %v\n%s", err, p.log)
		}
	}
}

// kill is kill -9: nothing is flushed, nothing is said.
func (p *process) kill() {
	must(p.t, p.cmd.Process.Signal(syscall.SIGKILL))
	_ = p.cmd.Wait()
}

// call sends one request; status 0 says that no answer came.
func call(method, url, token, key string, body any) (int, map[string]any) {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, nil
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, url, in)
	if err != nil {
		return 0, nil
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	out := map[string]any{}
	_ = json.Unmarshal(text, &out) // an empty body is none
	return resp.StatusCode, out
}

const password = "correct horse battery staple 9"

// register founds a tenant and answers its Administrator's token.
func (p *process) register() (token, email string) {
	p.t.Helper()
	email = uuid.NewString()[:8] + "@example.org"
	status, out := call("POST", p.url+"/api/v1/auth/register", "", "", map[string]any{
		"tenant_name": "Acme", "full_name": "Ann Example", "email": email, "password": password})
	if status != 201 {
		p.t.Fatalf("register: %d %v\n%s", status, out, p.log)
	}
	return out["access_token"].(string), email
}

func eachDatabase(t *testing.T, f func(t *testing.T, dir, database string)) {
	t.Run("sqlite", func(t *testing.T) { f(t, t.TempDir(), "") })
	t.Run("postgres", func(t *testing.T) { f(t, t.TempDir(), dbtest.Postgres(t)) })
}

// An acknowledged write survives kill -9, and a repeated one is not done twice: the server is killed in the middle of
// creates, 20 times, each create is sent again with its key until it is answered, and then there is exactly one record
// for each key, with one line in the journal.
func TestKilledInTheMiddle(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dir, database string) {
		p := start(t, dir, database, "127.0.0.1:0")
		addr := strings.TrimPrefix(p.url, "http://")
		token, _ := p.register()
		var mu sync.Mutex
		acknowledged := map[string]string{} // key → number
		var open []string                   // sent, not answered
		const rounds, writers = 20, 4
		for round := range rounds {
			stop := make(chan struct{})
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-stop:
							return
						default:
						}
						key := fmt.Sprintf("r%d-w%d-%d", round, w, i)
						status, out := call("POST", p.url+"/api/v1/assets", token, key, map[string]any{"name": key, "asset_type": "server"})
						mu.Lock()
						switch status {
						case 201:
							acknowledged[key] = out["number"].(string)
						case 0, 503:
							open = append(open, key)
						default:
							t.Errorf("create: %d %v", status, out)
						}
						mu.Unlock()
						if status != 201 {
							return
						}
					}
				})
			}
			time.Sleep(time.Duration(40+round*7) * time.Millisecond)
			p.kill()
			close(stop)
			wg.Wait()
			p = start(t, dir, database, addr)
		}
		for _, key := range open { // again, with the same key
			status, out := call("POST", p.url+"/api/v1/assets", token, key, map[string]any{"name": key, "asset_type": "server"})
			if status != 201 {
				t.Fatalf("again: %d %v", status, out)
			}
			acknowledged[key] = out["number"].(string)
		}
		if len(acknowledged) < rounds {
			t.Fatalf("only %d creates were answered", len(acknowledged))
		}
		numbers := map[string]bool{}
		for key, number := range acknowledged {
			status, out := call("GET", p.url+"/api/v1/assets/"+number, token, "", nil)
			if status != 200 || out["name"] != key || numbers[number] {
				t.Fatalf("%s: %d %v", number, status, out)
			}
			numbers[number] = true
		}
		_, out := call("GET", p.url+"/api/v1/assets?per_page=1&total=exact", token, "", nil)
		if out["total"] != float64(len(acknowledged)) {
			t.Fatalf("%v assets, %d keys", out["total"], len(acknowledged))
		}
		_, out = call("GET", p.url+"/api/v1/settings/audit?action=asset.created&per_page=1&total=exact", token, "", nil)
		if out["total"] != float64(len(acknowledged)) {
			t.Fatalf("%v lines in the journal, %d assets", out["total"], len(acknowledged))
		}
		t.Logf("%d creates over %d kills", len(acknowledged), rounds)
	})
}

// SIGTERM lets what is being worked on end: with two servers behind one address list, replacing both one after the
// other fails no request that is sent to a server which says it is ready.
func TestRollingRestart(t *testing.T) {
	database, dir := dbtest.Postgres(t), t.TempDir()
	secret := "HOLDFAST_SECRET_KEY=" + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	one := start(t, dir, database, "127.0.0.1:0", secret)
	two := start(t, t.TempDir(), database, "127.0.0.1:0", secret)
	token, _ := one.register()
	var mu sync.RWMutex
	alive := []*process{one, two}
	stop, failed, done := make(chan struct{}), 0, 0
	var wg sync.WaitGroup
	var count sync.Mutex
	for range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				mu.RLock()
				p := alive[i%len(alive)]
				status, out := call("POST", p.url+"/api/v1/sites", token, "", map[string]any{"name": uuid.NewString()})
				mu.RUnlock()
				count.Lock()
				done++
				if status != 201 {
					failed++
					t.Errorf("%d %v", status, out)
				}
				count.Unlock()
			}
		})
	}
	for i, p := range []*process{one, two} {
		time.Sleep(200 * time.Millisecond)
		mu.Lock() // the balancer takes it out; requests on the way have been answered
		alive = []*process{[]*process{one, two}[1-i]}
		mu.Unlock()
		must(t, p.cmd.Process.Signal(syscall.SIGTERM))
		if err := p.cmd.Wait(); err != nil {
			t.Fatalf("stop: %v\n%s", err, p.log)
		}
		fresh := start(t, t.TempDir(), database, "127.0.0.1:0", secret)
		mu.Lock()
		alive = append(alive, fresh)
		if i == 0 {
			one = fresh
		}
		mu.Unlock()
	}
	time.Sleep(200 * time.Millisecond)
	close(stop)
	wg.Wait()
	if failed > 0 || done < 20 {
		t.Fatalf("%d of %d requests failed", failed, done)
	}
}

// A stop waits for what is on the way: a slow import that began before SIGTERM ends well.
func TestStopDrains(t *testing.T) {
	eachDatabase(t, func(t *testing.T, dir, database string) {
		p := start(t, dir, database, "127.0.0.1:0")
		token, _ := p.register()
		var csv strings.Builder
		csv.WriteString("name,asset_type\n")
		for i := range 3000 {
			fmt.Fprintf(&csv, "asset %d,server\n", i)
		}
		answer := make(chan int, 1)
		go func() {
			req, err := http.NewRequest("POST", p.url+"/api/v1/assets/import?dry_run=false&match_on=name", strings.NewReader(csv.String()))
			if err != nil {
				answer <- -1
				return
			}
			req.Header.Set("Content-Type", "text/csv")
			req.Header.Set("Authorization", "Bearer "+token)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				answer <- 0
				return
			}
			_ = resp.Body.Close()
			answer <- resp.StatusCode
		}()
		time.Sleep(100 * time.Millisecond)
		must(t, p.cmd.Process.Signal(syscall.SIGTERM))
		if status := <-answer; status != 200 {
			t.Fatalf("the import was answered %d\n%s", status, p.log)
		}
		if err := p.cmd.Wait(); err != nil {
			t.Fatalf("stop: %v", err)
		}
	})
}
