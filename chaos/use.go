package chaos

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/enrichd/enrichd/chaos/check"
)

// openSQL counts what is still to be done.
const openSQL = `SELECT count(*) FROM enrichment_dispatches`

// openTasks is how many tasks have work to do, or -1 where the database does not say.
func (c *cluster) openTasks(ctx context.Context) int {
	n := -1
	if c.admin.QueryRow(ctx, openSQL).Scan(&n) != nil {
		return -1
	}
	return n
}

// use is what the processes have in use: goroutines, file descriptors, children,
// connections to PostgreSQL.
func (c *cluster) use(ctx context.Context) map[string]float64 {
	used := map[string]float64{}
	for _, p := range c.processes() {
		used[p.name+" goroutines"] = p.metric(ctx, "go_goroutines")
		fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.pid()))
		used[p.name+" files"] = float64(len(fds))
		used[p.name+" children"] = float64(len(children(p.pid())))
	}
	var n float64
	if c.admin.QueryRow(ctx, `SELECT count(*) `+ours).Scan(&n) == nil {
		used["connections"] = n
	}
	return used
}

// pool is how many connections a process may keep open for later.
const pool = 18

// compare sets what is in use at the end against what was before, and what pools
// may keep.
func (c *cluster) compare(ctx context.Context, before map[string]float64) []check.Use {
	var list []check.Use
	for name, after := range c.use(ctx) {
		allowed := before[name]
		switch {
		case name == "connections":
			allowed = float64(pool * len(c.processes()))
		case strings.HasSuffix(name, " files"):
			allowed += pool
		}
		list = append(list, check.Use{What: name, Before: allowed, After: after})
	}
	return list
}

// metric reads a value that a process tells of itself.
func (p *process) metric(ctx context.Context, name string) float64 {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+"/metrics", nil)
	if err != nil {
		return 0
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	total := 0.0
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), " ")
		base, _, _ := strings.Cut(key, "{")
		if n, err := strconv.ParseFloat(value, 64); err == nil && base == name {
			total += n
		}
	}
	return total
}
