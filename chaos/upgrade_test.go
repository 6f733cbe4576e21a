package chaos

import "testing"

// Half way through an upgrade each role is there in both versions.
func TestBothVersionsServeAndWorkHalfWay(t *testing.T) {
	servers, workers := []*process{{role: "api"}, {role: "api"}}, []*process{{role: "worker"}, {role: "worker"}, {role: "worker"}}
	all := alternate(servers, workers)
	seen := map[*process]bool{}
	count := map[string]int{}
	for i, p := range all {
		seen[p] = true
		if i < len(all)/2 {
			count[p.role]++
		}
	}
	if len(all) != 5 || len(seen) != 5 {
		t.Fatalf("%d of %d processes are rolled", len(seen), len(all))
	}
	if count["api"] != 1 || count["worker"] != 1 {
		t.Errorf("half way %v have the other version", count)
	}
}
